/** A classifier on disk as some exporter left it, and what is true about it. */

import type { Model } from '../../../src/main/onnx/graph.js';
import { writeModel } from '../../../src/main/onnx/write-model.js';

export interface Written {
  /** The .onnx file. */
  readonly bytes: Uint8Array;
  /** Files beside it, by name. */
  readonly beside?: Readonly<Record<string, string | Uint8Array>>;
  /** A model with float32 input and output that says what the file means. */
  readonly truth: Model | Uint8Array;
  readonly layout: 'NCHW' | 'NHWC';
  /** Batch size of the input; null for any. */
  readonly batch: number | null;
  /** The widest difference of the rebuilt model from `truth`, relative to the larger of 1 and the largest logit. */
  readonly tolerance: number;
  /** How far the weights that are stored may move the logits from those that were drawn, relative likewise. */
  readonly weightTolerance: number;
}

/** A file that means what it says, in float32. */
export function written(model: Model, changes: Partial<Written> = {}): Written {
  const [batch] = model.graph.inputs[0]?.dims ?? [];
  return {
    bytes: writeModel(model),
    truth: model,
    layout: 'NCHW',
    batch: typeof batch === 'number' ? batch : null,
    tolerance: 1e-4,
    weightTolerance: 0,
    ...changes,
  };
}
