/** Writes a text that comes in pieces, so that it need not be held at once. */

import { open } from 'node:fs/promises';

/** Characters that are written at once. */
const portion = 2 ** 18;

export async function writePieces(path: string, pieces: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const file = await open(path, 'w');
  try {
    let waiting = '';
    for await (const piece of pieces) {
      waiting += piece;
      if (waiting.length < portion) continue;
      await file.writeFile(waiting);
      waiting = '';
    }
    await file.writeFile(waiting);
  } finally {
    await file.close();
  }
}
