/** Finds files that import each other in a circle, be it for types alone. */

import { dirname, resolve } from 'node:path';
import ts from 'typescript';

/** What may stand between a specifier and the file that it names. */
const endings: readonly (readonly [RegExp, string])[] = [
  [/$/, ''],
  [/\.js$/, '.ts'],
];

/** The relative imports of a file as paths: static and dynamic ones, those of types, and what is exported from elsewhere. */
function importsOf(path: string, text: string): readonly string[] {
  const scripts = path.endsWith('.svelte')
    ? Array.from(text.matchAll(/<script\b[^>]*>(.*?)<\/script>/gs), (match) => match[1] ?? '')
    : [text];
  return scripts.flatMap((script) =>
    ts
      .preProcessFile(script)
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => resolve(dirname(path), fileName)),
  );
}

/**
 * Circles of imports, one for each group of files that hang together by them: the shortest through its first file, in the order
 * of importing. The last file imports the first.
 * @param texts contents of all files by absolute path
 */
export function importCycles(texts: ReadonlyMap<string, string>): readonly (readonly string[])[] {
  const graph = new Map<string, readonly string[]>();
  for (const [path, text] of texts) {
    const targets = importsOf(path, text).flatMap((target) =>
      endings.map(([from, to]) => target.replace(from, to)).filter((file) => texts.has(file)),
    );
    graph.set(path, targets);
  }
  const found: (readonly string[])[] = [];
  const told = new Set<string>();
  for (const start of [...graph.keys()].sort()) {
    const circle = told.has(start) ? null : shortestCircle(graph, start);
    if (circle === null) continue;
    found.push(circle);
    for (const file of circle) told.add(file);
  }
  return found;
}

/** The shortest way from a file back to itself; null when there is none. */
function shortestCircle(graph: ReadonlyMap<string, readonly string[]>, start: string): readonly string[] | null {
  const before = new Map<string, string>();
  const queue = [start];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const target of graph.get(file) ?? []) {
      if (target === start) {
        const circle = [file];
        for (let at = before.get(file); at !== undefined; at = before.get(at)) circle.unshift(at);
        return circle;
      }
      if (before.has(target)) continue;
      before.set(target, file);
      queue.push(target);
    }
  }
  return null;
}
