/** `npm run structure`: no circles of imports, and no member of a class that nothing but tests reads. */

import { globSync, readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import ts from 'typescript';

import { projectRoot, runScript } from './lib/command.ts';
import { importCycles } from './lint/import-cycles.ts';
import { unusedMembers } from './lint/unused-members.ts';

const named = (path: string): string => relative(projectRoot, path).split(sep).join('/');
const filesLike = (...patterns: readonly string[]): readonly string[] =>
  globSync(patterns, { cwd: projectRoot, exclude: ['test/fixtures/**'] }).map((file) => resolve(projectRoot, file));

function circles(): readonly string[] {
  const files = filesLike('{src,scripts,test}/**/*.{ts,js,svelte}');
  const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
  return importCycles(texts).map(
    (circle) => `Circular imports: ${[...circle, circle[0] ?? ''].map(named).join(' -> ')}`,
  );
}

/** Studies under test/bench are programs of their own: what they read is used. */
const counts = /^(src|scripts|test\/bench)\//;
/** Classes that templates see; they know nothing of main. */
const inTemplates = /^src\/(renderer|shared)\//;

function members(): readonly string[] {
  const config = ts.getParsedCommandLineOfConfigFile(resolve(projectRoot, 'test/tsconfig.json'), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
    },
  });
  const program = ts.createProgram(filesLike('{src,scripts,test}/**/*.ts'), { ...config?.options, noEmit: true });
  const templates = filesLike('src/**/*.svelte').map((file) => readFileSync(file, 'utf8'));
  const words = new Set(templates.flatMap((text) => text.match(/[\w$]+/g) ?? []));
  const unused = unusedMembers(program, {
    declares: (file) => /^(src|scripts)\//.test(named(file)),
    counts: (file) => counts.test(named(file)),
    words: (file) => (inTemplates.test(named(file)) ? words : new Set()),
  });
  return unused.map(({ file, line, name }) => `${named(file)}:${line} ${name} is read by nothing but tests`);
}

await runScript(() => {
  const faults = [...circles(), ...members()];
  for (const fault of faults) console.error(fault);
  return Promise.resolve(faults.length > 0 ? 1 : 0);
});
