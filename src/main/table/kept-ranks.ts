/** The order of file names on disk, so that a project which is opened need not sort a million names again. */

import { uint32Of, toBlob } from '../database/blob.js';
import { Chunks, noModel } from '../database/chunks.js';
import type { SqliteFile } from '../database/sqlite.js';
import type { ImageColumns } from './image-columns.js';
import { chunksOf, slotsOf } from './chunk-slots.js';

const column = 'rank';
/** Key in `meta`: of how many images, and the id of the last of them. */
const key = 'ranked';

/** Keeps the place of each image in the order of names, `[images]`, in one transaction. */
export function keepRanks(audit: SqliteFile, facts: ImageColumns, ranks: Uint32Array): void {
  const chunks = new Chunks(audit);
  audit.transaction(() => {
    for (const chunk of chunksOf(facts)) {
      const [first, end] = slotsOf(facts, chunk);
      if (first < ranks.length) chunks.write(column, noModel, chunk, toBlob(ranks.slice(first, end)));
    }
    const of = `${String(ranks.length)} ${String(facts.id[ranks.length - 1] ?? 0)}`;
    audit.prepare<never>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, of);
  });
}

/** The kept places of the first images; null where some of these are gone, or none was kept. */
export function keptRanks(audit: SqliteFile, facts: ImageColumns): Uint32Array | null {
  const kept = audit.prepare<{ value: string }>('SELECT value FROM meta WHERE key = ?').get(key);
  const [count = 0, last = 0] = kept?.value.split(' ').map(Number) ?? [];
  if (count === 0 || count > facts.size || facts.id[count - 1] !== last) return null;
  const chunks = new Chunks(audit);
  const ranks = new Uint32Array(count);
  for (const chunk of chunksOf(facts)) {
    const [first, end] = slotsOf(facts, chunk);
    if (first >= count) break;
    const packed = chunks.read(column, noModel, chunk);
    // As many as there were: images may have been added to the last chunk.
    if (packed?.byteLength !== (Math.min(end, count) - first) * Uint32Array.BYTES_PER_ELEMENT) return null;
    ranks.set(uint32Of(packed), first);
  }
  return ranks;
}
