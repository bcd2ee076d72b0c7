/** The seeded draw of the initial k-means rows. */

/** Mulberry32: a small 32-bit generator, uniform in [0, 1); the same seed gives the same numbers everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` different numbers of 0..total-1 in random order (all of them when `count` reaches `total`): a Fisher-Yates prefix. */
export function drawInitialRows(count: number, total: number, seed: number): Int32Array {
  const random = generator(seed);
  const rows = Int32Array.from({ length: total }, (_, index) => index);
  const drawn = Math.min(count, total);
  for (let index = 0; index < drawn; index += 1) {
    const other = index + Math.floor(random() * (total - index));
    const row = rows[index] ?? 0;
    rows[index] = rows[other] ?? 0;
    rows[other] = row;
  }
  return rows.slice(0, drawn);
}
