/** Which images of the columns in memory lie in a chunk on disk. */

import { chunkIds, chunkOf } from '../database/chunks.js';
import { type Run, runsOf } from './column-array.js';
import type { ImageColumns } from './image-columns.js';

/** Chunks that have images, ascending. */
export function chunksOf(facts: ImageColumns): readonly number[] {
  const chunks: number[] = [];
  for (let slot = 0; slot < facts.size;) {
    const chunk = chunkOf(facts.id[slot] ?? 0);
    chunks.push(chunk);
    slot = facts.firstFrom((chunk + 1) * chunkIds);
  }
  return chunks;
}

/** The slots of a chunk lie side by side: the first, and the one behind the last. */
export function slotsOf(facts: ImageColumns, chunk: number): readonly [first: number, end: number] {
  return [facts.firstFrom(chunk * chunkIds), facts.firstFrom((chunk + 1) * chunkIds)];
}

/** Where the images of a chunk lie in memory and in the chunk. */
export function runsIn(facts: ImageColumns, chunk: number): readonly Run[] {
  return runsOf(facts.id, ...slotsOf(facts, chunk));
}
