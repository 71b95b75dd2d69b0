/** The arguments of `moonsocket get`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getArguments } from '../../src/cli/arguments.ts';
import { UsageError } from '../../src/cli/errors.ts';

const URL = 'http://localhost/file';

function refused(args: readonly string[], message: RegExp): void {
  assert.throws(
    () => getArguments(args),
    (error) => error instanceof UsageError && message.test(error.message),
  );
}

describe('arguments of get', () => {
  it('are a URL, a file and whether to resume, in any order', () => {
    assert.deepEqual(getArguments([URL]), { url: URL, output: undefined, resume: false });
    assert.deepEqual(getArguments([URL, '-o', 'x', '-C']), { url: URL, output: 'x', resume: true });
    assert.deepEqual(getArguments(['-Cox', URL]), { url: URL, output: 'x', resume: true });
    assert.deepEqual(getArguments(['--continue', '--output=x', '--', URL]), { url: URL, output: 'x', resume: true });
    assert.deepEqual(getArguments(['-o', '-', URL]), { url: URL, output: '-', resume: false });
    assert.equal(getArguments(['-h']), 'help');
    assert.equal(getArguments(['--help', 'and', 'more']), 'help');
  });

  it('are refused in one sentence', () => {
    refused([], /^get takes one URL$/);
    refused([URL, URL], /^get takes one URL$/);
    refused(['--bad', URL], /^Unknown option '--bad'$/);
    refused([URL, '-o'], /argument missing$/);
    refused([URL, '-o', ''], /^-o takes the name of a file/);
    refused([URL, '-C', '-o', '-'], /^-C resumes a file, and -o - is none$/);
  });

  it('have a URL that can be asked for', () => {
    refused(['ftp://localhost/'], /^the URL begins with http:\/\//);
    refused(['localhost/file'], /^the URL begins with http:\/\//);
    refused(['http:///file'], /^the URL names no host$/);
    refused(['http://localhost:99999/'], /^the port of the URL is no whole number/);
    refused(['http://localhost/\r\n'], /control characters/);
  });
});
