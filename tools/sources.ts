/** `node .build/tools/sources.js`: prints what breaks the design's invariants, in the texts and in the types of src. */

import { join, relative, sep } from 'node:path';
import ts from 'typescript5';
import { droppedFlows } from './flow-rules.ts';
import { checkInvariants } from './invariants.ts';
import { readTexts } from './texts.ts';

const root = join(import.meta.dirname, '..', '..');

const findings = checkInvariants(readTexts(root));
for (const { level, path, message } of findings) if (level === 'note') console.log(`note: ${path}: ${message}`);
const errors = findings.filter(({ level }) => level === 'error');
const { fileNames, options } = parsedConfig(join(root, 'tsconfig.build.json'));
const program = ts.createProgram(fileNames, { ...options, noEmit: true });
const checker = program.getTypeChecker();
const forgotten = fileNames.flatMap((name) => {
  const path = relative(root, name).split(sep).join('/');
  return droppedFlows(path, program.getSourceFile(name)!, checker);
});
for (const { path, line, message } of [...errors, ...forgotten]) console.log(`${path}:${line} ${message}`);
process.exitCode = errors.length + forgotten.length === 0 ? 0 : 1;

function parsedConfig(path: string): ts.ParsedCommandLine {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (problem: ts.Diagnostic) => fail([problem]) };
  const config = ts.getParsedCommandLineOfConfigFile(path, {}, host)!;
  if (config.errors.length > 0) fail(config.errors);
  return config;
}

function fail(problems: readonly ts.Diagnostic[]): never {
  throw new Error(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n'));
}
