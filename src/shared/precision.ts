/** The numbers that scoring may run on: words that settings, command line, engine and window share. */

/** `float16` is for CUDA, `int8` for processors; both are approximations that a person chooses knowing what they cost. */
export const precisions = ['float32', 'float16', 'int8'] as const;
export type Precision = (typeof precisions)[number];
