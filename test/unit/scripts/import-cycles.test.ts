/** Circles of imports are found, also those of types and through components. */

import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { importCycles } from '../../../scripts/lint/import-cycles.ts';

/** Circles among files with these contents, by their names. */
function circles(files: Readonly<Record<string, string>>): readonly string[] {
  const texts = new Map(Object.entries(files).map(([name, text]) => [resolve('/code', name), text]));
  return importCycles(texts).map((circle) => circle.map((path) => path.slice(resolve('/code').length + 1)).join(' '));
}

it('none among files that import one way only, packages, and files that are not there', () => {
  const a = "import { b } from './b.js'; import './gone.js'; import 'a'; import type { C } from './c.js';";
  expect(circles({ 'a.ts': a, 'b.ts': "export * from './c.js';", 'c.ts': "import 'node:fs';" })).toEqual([]);
});

it.each([
  ['a plain import', "import { a } from './a.js';"],
  ['an import of types', "import type { A } from './a.js';"],
  ['a type inside another import', "import { type A } from './a.js';"],
  ['what is exported on', "export { a } from './a.js';"],
  ['types that are exported on', "export type * from './a.js';"],
  ['a file that is loaded on demand', "export const later = () => import('./a.js');"],
  ['a type named in place', "export type A = import('./a.js').A;"],
  ['an import by the name of the file', "import { a } from './a.ts';"],
])('by %s', (_, text) => {
  expect(circles({ 'a.ts': "import { b } from './b.js';", 'b.ts': text })).toEqual(['a.ts b.ts']);
});

it('through a component, and of files with more than one ending', () => {
  const component =
    '<script lang="ts">import { state } from "./a.svelte.js";</script><p>import { x } from "./c.js"</p>';
  const a = "import Page from './sub/../Page.svelte';";
  expect(circles({ 'a.svelte.ts': a, 'Page.svelte': component, 'c.ts': "import './Page.svelte';" })).toEqual([
    'Page.svelte a.svelte.ts',
  ]);
});

it('of a file with itself, and each circle once', () => {
  const files = {
    'a.ts': "import './b.js';",
    'b.ts': "import './c.js';",
    'c.ts': "import './a.js'; import './d.js';",
    'd.ts': "import './d.js';",
  };
  expect(circles(files)).toEqual(['a.ts b.ts c.ts', 'd.ts']);
});
