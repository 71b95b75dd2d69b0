/** The arguments of `moonsocket get`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UsageError } from '../../src/cli/errors.ts';
import { type GetArguments, getArguments } from '../../src/cli/get-arguments.ts';
import { parsed } from '../../src/cli/parse.ts';

const URL = 'http://localhost/file';

function read(args: readonly string[]): GetArguments {
  return getArguments(parsed('get', args));
}

function refused(args: readonly string[], message: RegExp): void {
  assert.throws(
    () => read(args),
    (error) => error instanceof UsageError && message.test(error.message),
  );
}

describe('arguments of get', () => {
  it('are URLs, a file and whether to resume, in any order', () => {
    const asks = (args: readonly string[], output: string | undefined, resume: boolean): void => {
      const { http, ...others } = read(args);
      assert.deepEqual(others, { urls: [URL], output, resume });
      assert.deepEqual(http, { method: 'GET', headers: [], body: undefined });
    };
    asks([URL], undefined, false);
    asks([URL, '-o', 'x', '-C'], 'x', true);
    asks(['-Cox', URL], 'x', true);
    asks(['--continue', '--output=x', '--', URL], 'x', true);
    asks(['-o', '-', URL], '-', false);
    assert.deepEqual(read(['-O', URL, 'ftp://host/x']).urls, [URL, 'ftp://host/x']);
    assert.deepEqual(read(['localhost/x', 'localhost:81']).urls, ['http://localhost/x', 'http://localhost:81']);
  });

  it('are refused in one sentence', () => {
    refused([], /^get takes a URL, or several$/);
    refused([URL, URL, '-o', 'x'], /^-o names one file, and there are several URLs$/);
    refused([URL, '-O', '-o', 'x'], /^-O names the file by the URL, and -o by its argument$/);
    refused(['--bad', URL], /^Unknown option '--bad'$/);
    refused([URL, '-o'], /argument missing$/);
    refused(
      [URL, '-o', '-x'],
      /^Option '-o' argument is ambiguous: it begins with a dash; --output=VALUE takes such a value$/,
    );
    refused([URL, '-o', ''], /^-o takes the name of a file/);
    refused([URL, '-C', '-o', '-'], /^-C resumes a file, and -o - is none$/);
  });

  it('have a URL that can be asked for', () => {
    refused(
      ['gopher://localhost/'],
      /^the URL begins with http:\/\/, https:\/\/, ftp:\/\/, ftps:\/\/, not gopher:\/\/$/,
    );
    refused(['http:localhost'], /^a URL has :\/\/ behind its scheme$/);
    refused(['http:/localhost'], /^a URL has :\/\/ behind its scheme$/);
    refused(['ftp://localhost/'], /^the URL names no file; moonsocket ls lists a directory$/);
    refused(['ftp://localhost/a/'], /^the URL names no file/);
    refused(['ftp://localhost/a%0d%0aDELE b'], /control|CR/i);
    refused(['-C', 'ftp://localhost/a;type=a'], /^-C resumes bytes/);
    refused(['--tls', 'required', 'ftps://localhost/a'], /scheme begins with TLS/);
    refused(['--tls', 'some', 'ftp://localhost/a'], /^the mode of tls is 'auto'/);
    refused(['--tls', 'required', URL], /^--tls is for ftp; https:\/\/ means TLS$/);
    refused(['http:///file'], /^the URL names no host$/);
    refused(['http://localhost:99999/'], /^the port of the URL is no whole number/);
    refused(['http://localhost/\r\n'], /control characters/);
  });
});
