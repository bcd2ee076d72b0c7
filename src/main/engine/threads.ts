/** How many images an engine process has in hand at once, and the threads it needs so that hung files hold up no other. */

import { availableParallelism } from 'node:os';

/** Files that are read while others are decoded: so many may hang and not hold up a decoder. */
const readAhead = 8;
/** Files that are hashed at the same time: a second is read while the first is hashed. */
export const identifiedAtOnce = 2;

/** Images decoded at the same time, each on one thread. @param threads of ONNX Runtime; 0 for one a core */
export function decodedAtOnce(threads: number): number {
  return (threads > 0 ? threads : availableParallelism()) + 1;
}

/** Images that lie in memory, encoded or decoded, or are on their way there. */
export function inHandAtOnce(threads: number): number {
  return decodedAtOnce(threads) + readAhead;
}

/**
 * Threads for files and decoding. Three times what reads at once: a third may hang for good, as many may be found to hang
 * at that very moment, and as many again go on (see `Patience`).
 */
export function poolSize(threads: number): number {
  return 3 * (inHandAtOnce(threads) + identifiedAtOnce);
}
