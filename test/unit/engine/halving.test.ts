/** Work in batches goes on with smaller ones when memory runs out, in order and without gaps. */

import { describe, expect, it } from 'vitest';
import { FittingBatches, isOutOfMemory } from '../../../src/main/engine/halving.js';
import { AppError } from '../../../src/shared/errors.js';

const arena =
  "Non-zero status code returned while running FusedMatMul node. Name:'m' Status Message: bfc_arena.cc:376 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 8388608000";

/** As sessions throw it. */
const wrapped = (message: string): AppError =>
  new AppError('INTERNAL', 'ONNX Runtime failed', '', { cause: new Error(message) });

describe('isOutOfMemory', () => {
  it.each([
    arena,
    'BFCArena::AllocateRawInternal(size_t, bool) Available memory of 1024 is smaller than requested bytes of 2048',
    'CUDA error 2: out of memory',
    'CUDA failure 2: out of memory ; GPU=0 ; hostname=h ; file=cuda_stream_handle.cc ; line=175 ; expr=cudaMalloc(&p, n);',
    'CUDNN failure 4: CUDNN_STATUS_ALLOC_FAILED ; GPU=0',
    'CUDNN failure 4001: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED',
    'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; expr=cublasCreate(&cublas_handle_);',
    'std::bad_alloc',
  ])('knows %s', (message) => {
    expect(isOutOfMemory(new Error(message))).toBe(true);
    expect(isOutOfMemory(wrapped(message))).toBe(true);
  });

  it.each([
    new Error('CUDA failure 700: an illegal memory access was encountered'),
    new Error('CUDNN failure 5: CUDNN_STATUS_BAD_PARAM'),
    new AppError('CANCELLED', 'The work was cancelled.'),
    'out of memory',
    undefined,
  ])('takes nothing else for it: %s', (error) => {
    expect(isOutOfMemory(error)).toBe(false);
  });
});

/** A session that holds so many items, and what it was asked to run. */
function fakeSession(capacity: number): {
  readonly tried: number[];
  readonly run: (from: number, size: number) => Promise<readonly number[]>;
} {
  const tried: number[] = [];
  return {
    tried,
    run: (from, size) => {
      tried.push(size);
      if (size > capacity) return Promise.reject(wrapped(arena));
      return Promise.resolve(Array.from({ length: size }, (_, index) => from + index));
    },
  };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('FittingBatches', () => {
  it('runs full batches and a rest', async () => {
    const { tried, run } = fakeSession(100);
    expect((await new FittingBatches(8, 'image').run(20, run)).flat()).toEqual(upTo(20));
    expect(tried).toEqual([8, 8, 4]);
  });

  it('halves until it fits, repeats what failed, and keeps to what fitted', async () => {
    const { tried, run } = fakeSession(5);
    const batches = new FittingBatches(32, 'mask');
    expect((await batches.run(11, run)).flat()).toEqual(upTo(11));
    expect(tried).toEqual([11, 5, 5, 1]);
    expect(batches.limit).toBe(5);
    expect((await batches.run(7, run)).flat()).toEqual(upTo(7));
    expect(tried.slice(4)).toEqual([5, 2]);
  });

  it.each([1, 2, 3, 7])('covers every item once with room for %d', async (capacity) => {
    const { run } = fakeSession(capacity);
    expect((await new FittingBatches(64, 'mask').run(50, run)).flat()).toEqual(upTo(50));
  });

  it('says so when a single item does not fit', async () => {
    const { tried, run } = fakeSession(0);
    await expect(new FittingBatches(4, 'image').run(9, run)).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
      message: 'There is too little memory for a single image.',
    });
    expect(tried).toEqual([4, 2, 1]);
  });

  it('passes other errors on at once', async () => {
    const error = new AppError('CANCELLED', 'The work was cancelled.');
    const batches = new FittingBatches(4, 'image');
    await expect(batches.run(9, () => Promise.reject(error))).rejects.toBe(error);
    expect(batches.limit).toBe(4);
  });

  it('does nothing with nothing, and refuses batches that are none', async () => {
    expect(await new FittingBatches(4, 'image').run(0, () => expect.unreachable())).toEqual([]);
    for (const most of [0, -1, 1.5, Number.NaN]) expect(() => new FittingBatches(most, 'image')).toThrow(RangeError);
  });
});
