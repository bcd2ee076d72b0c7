/** Runs work in batches that fit the memory: halves them when it runs out, and remembers what fits. */

import { AppError } from '../../shared/errors.js';

/** How ONNX Runtime, CUDA and its libraries say that memory ran out. */
const complaints = [
  /out of memory/i,
  /Failed to allocate memory for requested buffer/,
  /BFCArena::AllocateRawInternal/,
  /cudaErrorMemoryAllocation/,
  // CUDNN_STATUS_ALLOC_FAILED, CUBLAS_STATUS_ALLOC_FAILED, CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED ...
  /\bCU[A-Z]+_[A-Z_]*ALLOC(?:ATION)?_FAILED/,
  /std::bad_alloc|bad allocation/,
];

/** Whether a run failed because there was too little memory: then less at a time may succeed. */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return complaints.some((complaint) => complaint.test(error.message)) || isOutOfMemory(error.cause);
}

/** One for each graph whose runs take alike memory; kept as long as its session, so that what did not fit is not tried again. */
export class FittingBatches {
  readonly #what: string;
  #limit: number;

  /**
   * @param most items in a batch, 1 or more
   * @param what one item is called in the error, such as `image`
   */
  constructor(most: number, what: string) {
    if (!Number.isInteger(most) || most < 1) throw new RangeError(`A batch of ${String(most)} is none`);
    this.#limit = most;
    this.#what = what;
  }

  /** Items in the next batch at most. */
  get limit(): number {
    return this.#limit;
  }

  /**
   * Runs `work` over the items 0 to `count - 1`, batch after batch: it gets the first item and the number of items, and is
   * called again with fewer when memory ran out. Its results come back in order, one a batch.
   * @throws AppError `OUT_OF_MEMORY` when a single item does not fit; whatever else `work` throws.
   */
  async run<T>(count: number, work: (from: number, size: number) => Promise<T>): Promise<T[]> {
    const results: T[] = [];
    for (let from = 0; from < count;) {
      const size = Math.min(this.#limit, count - from);
      try {
        results.push(await work(from, size));
      } catch (error) {
        this.#shrink(size, error);
        continue;
      }
      from += size;
    }
    return results;
  }

  /** @throws the error when it is another, or nothing can be halved. */
  #shrink(size: number, error: unknown): void {
    if (!isOutOfMemory(error)) throw error;
    if (size === 1) {
      throw new AppError(
        'OUT_OF_MEMORY',
        `There is too little memory for a single ${this.#what}.`,
        'End other programs that use the graphics card, or take CPU as the provider (in the settings, or --provider cpu).',
        { cause: error },
      );
    }
    this.#limit = Math.floor(size / 2);
  }
}
