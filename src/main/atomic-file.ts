/** Writes a small file so that a reader sees the old content or the new one, never a part. */

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces `file` with `text`; creates its folder when needed. One writer a file at a time. */
export async function writeFileAtomically(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.new`;
  await writeFile(draft, text, { flush: true });
  await rename(draft, file);
}
