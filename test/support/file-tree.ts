/** Writes folders of files for tests, into a temporary place that is removed after each test. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

/** Contents by path; a string is text. */
export type FileTree = Readonly<Record<string, string | Uint8Array>>;

/** Writes the files into a new temporary folder and returns its path; it is removed when the test ends. */
export async function writeTree(files: FileTree): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'hognose-test-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

/** Files without content at these paths: enough for everything that goes by names. */
export function named(...paths: readonly string[]): FileTree {
  return Object.fromEntries(paths.map((path) => [path, '']));
}
