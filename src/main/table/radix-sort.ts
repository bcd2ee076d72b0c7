/** Puts slots in order by figures without comparing these: a radix sort of their bits. */

/** Shorter runs are sorted by putting in one after the other. */
const shortRun = 16;
/** From this many on, bits are sorted by 16 at once, below by 8. */
const longRun = 8192;

/** The upper half of a float64 in memory. */
const upperHalf = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;
const signBit = 0x80000000;

/**
 * All slots by their figures: ties by slot, slots without a figure (NaN) last either way.
 * @param figures `[slots]`
 */
export function sortedByFigures(figures: Float64Array | Uint32Array, descending: boolean): Uint32Array {
  const order = new Uint32Array(figures.length);
  let known = 0;
  for (let slot = 0; slot < figures.length; slot += 1) if (!Number.isNaN(figures[slot])) order[known++] = slot;
  for (let slot = 0, end = known; end < figures.length; slot += 1) if (Number.isNaN(figures[slot])) order[end++] = slot;
  const slots = order.slice(0, known);
  const { upper, lower } = bitsOf(figures, slots, descending);
  const places = new Uint32Array(known);
  for (let at = 0; at < known; at += 1) places[at] = at;
  sortByWord(upper, places);
  sortTies(upper, lower, places);
  for (let at = 0; at < known; at += 1) order[at] = slots[places[at] ?? 0] ?? 0;
  return order;
}

/** Both halves of each figure as numbers that grow with it, or fall where `descending`. */
function bitsOf(
  figures: Float64Array | Uint32Array,
  slots: Uint32Array,
  descending: boolean,
): { readonly upper: Uint32Array; readonly lower: Uint32Array } {
  const known = new Float64Array(slots.length);
  // Adding 0 makes 0 of -0, which is no less.
  for (let at = 0; at < slots.length; at += 1) known[at] = (figures[slots[at] ?? 0] ?? NaN) + 0;
  const words = new Uint32Array(known.buffer);
  const upper = new Uint32Array(slots.length);
  const lower = new Uint32Array(slots.length);
  const turned = descending ? 0xffffffff : 0;
  for (let at = 0; at < slots.length; at += 1) {
    const [high, low] = [words[2 * at + upperHalf] ?? 0, words[2 * at + 1 - upperHalf] ?? 0];
    const isNegative = high >= signBit;
    upper[at] = (isNegative ? ~high : high ^ signBit) ^ turned;
    lower[at] = (isNegative ? ~low : low) ^ turned;
  }
  return { upper, lower };
}

/** Sorts words ascending, and what belongs to each along with it; what is equal stays in its order. */
function sortByWord(words: Uint32Array, items: Uint32Array): void {
  const digit = words.length >= longRun ? 16 : 8;
  const counts = new Uint32Array(1 << digit);
  let [fromWords, fromItems] = [words, items];
  let toWords: Uint32Array = new Uint32Array(words.length);
  let toItems: Uint32Array = new Uint32Array(words.length);
  for (let shift = 0; shift < 32; shift += digit) {
    if (!countDigits(fromWords, shift, counts)) continue;
    moveByDigit(fromWords, fromItems, shift, counts, toWords, toItems);
    [fromWords, toWords, fromItems, toItems] = [toWords, fromWords, toItems, fromItems];
  }
  if (fromWords === words) return;
  words.set(fromWords);
  items.set(fromItems);
}

/** Where the words with each digit go to; false where all have the same. */
function countDigits(words: Uint32Array, shift: number, counts: Uint32Array): boolean {
  const mask = counts.length - 1;
  counts.fill(0);
  const { length } = words;
  for (let at = 0; at < length; at += 1) {
    const digit = ((words[at] ?? 0) >>> shift) & mask;
    counts[digit] = (counts[digit] ?? 0) + 1;
  }
  if (counts[((words[0] ?? 0) >>> shift) & mask] === words.length) return false;
  for (let digit = 0, sum = 0; digit <= mask; digit += 1) {
    const count = counts[digit] ?? 0;
    counts[digit] = sum;
    sum += count;
  }
  return true;
}

function moveByDigit(
  words: Uint32Array,
  items: Uint32Array,
  shift: number,
  starts: Uint32Array,
  toWords: Uint32Array,
  toItems: Uint32Array,
): void {
  const mask = starts.length - 1;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? 0;
    const digit = (word >>> shift) & mask;
    const to = starts[digit] ?? 0;
    starts[digit] = to + 1;
    toWords[to] = word;
    toItems[to] = items[at] ?? 0;
  }
}

/** Sorts what is equal in the upper half by the lower one. */
function sortTies(upper: Uint32Array, lower: Uint32Array, places: Uint32Array): void {
  const { length } = places;
  for (let start = 0; start < length;) {
    const word = upper[start];
    let end = start + 1;
    while (end < length && upper[end] === word) end += 1;
    if (end - start > shortRun) sortLongRun(places.subarray(start, end), lower);
    else if (end - start > 1) sortShortRun(places, start, end, lower);
    start = end;
  }
}

function sortLongRun(places: Uint32Array, lower: Uint32Array): void {
  const words = new Uint32Array(places.length);
  for (let at = 0; at < words.length; at += 1) words[at] = lower[places[at] ?? 0] ?? 0;
  sortByWord(words, places);
}

function sortShortRun(places: Uint32Array, start: number, end: number, lower: Uint32Array): void {
  for (let at = start + 1; at < end; at += 1) {
    const place = places[at] ?? 0;
    const word = lower[place] ?? 0;
    let hole = at;
    for (; hole > start && (lower[places[hole - 1] ?? 0] ?? 0) > word; hole -= 1) places[hole] = places[hole - 1] ?? 0;
    places[hole] = place;
  }
}
