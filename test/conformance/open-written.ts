/** Puts a written model into a temporary folder and opens it as a person would. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { type OpenedModel, openModel } from '../../src/main/model/open.js';
import type { CreateSession } from '../../src/main/onnx/runner.js';
import type { NamedValues } from '../../src/shared/model.js';

/** The files of a model by name; the first is the one that is opened. */
export type ModelFiles = Readonly<Record<string, string | Uint8Array>>;

/** Opens the first of `files`, or the folder itself when the first name is '.', and removes everything. */
export async function openFiles(
  files: ModelFiles,
  path: string,
  createSession: CreateSession,
  values: NamedValues | null = null,
): Promise<OpenedModel> {
  const folder = await mkdtemp(join(tmpdir(), 'hognose-conformance-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    const choice = values && { preprocessing: null, classNames: null, values };
    return await openModel(join(folder, path), createSession, choice ?? undefined);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
