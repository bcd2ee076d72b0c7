/** ViTs with random weights of any build, made without files. */

import { floats } from '../../src/main/model/noise.js';
import type { Branch, Head, Linear, Norm, PrefixToken, Vit } from '../../src/main/model/vit.js';
import { storedWeight, type Weight } from '../../src/main/model/weight.js';
import { elementCount, floatTensor } from '../../src/main/onnx/tensor.js';

export interface VitShape {
  readonly channels: number;
  readonly grid: readonly [width: number, height: number];
  readonly patch: number;
  readonly prefix: readonly PrefixToken[];
  readonly width: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly inner: number;
  readonly blocks: number;
  readonly classes: number;
  readonly pooling: Head['pooling'];
  readonly blockNorm: 'pre' | 'post' | 'res-post';
  readonly gated: boolean;
  readonly qkNorm: boolean;
  readonly layerScale: boolean;
  readonly stemNorm: boolean;
  readonly hidden: number | null;
}

const tiny: VitShape = {
  channels: 3,
  grid: [4, 3],
  patch: 4,
  prefix: ['cls'],
  width: 24,
  heads: 3,
  headWidth: 8,
  inner: 48,
  blocks: 2,
  classes: 5,
  pooling: 'cls',
  blockNorm: 'pre',
  gated: false,
  qkNorm: false,
  layerScale: false,
  stemNorm: false,
  hidden: null,
};

/** A ViT of the given shape; what is left out is tiny and plain. */
export function randomVit(changes: Partial<VitShape> = {}): Vit {
  const shape = { ...tiny, ...changes };
  const { width, heads, headWidth, inner, prefix, classes, blockNorm, channels, patch } = shape;
  const [gridWidth, gridHeight] = shape.grid;
  let seed = 0;
  const weight = (...dims: number[]): Weight => {
    seed += 1;
    const scale = dims.length > 1 ? 1 / Math.sqrt(dims[0] ?? 1) : 0.2;
    const data = floats(elementCount(dims), seed).map((value) => value * scale);
    return storedWeight(floatTensor(data, dims));
  };
  const norm = (size = width): Norm => ({ kind: 'layer', scale: weight(size), shift: weight(size), epsilon: 1e-6 });
  const linear = (inputs: number, outputs: number): Linear => ({
    inputs,
    outputs,
    weight: weight(inputs, outputs),
    bias: weight(outputs),
  });
  const branch = <Layer>(layer: Layer): Branch<Layer> => ({
    before: blockNorm === 'pre' ? norm() : null,
    layer,
    inside: blockNorm === 'res-post' ? norm() : null,
    layerScale: shape.layerScale ? weight(width) : null,
    after: blockNorm === 'post' ? norm() : null,
  });
  const pooled = shape.pooling.startsWith('cls-and') ? 2 * width : width;
  const last = shape.hidden ?? pooled;
  const tokens = prefix.length + gridWidth * gridHeight;
  return {
    channels,
    inputHeight: gridHeight * patch,
    inputWidth: gridWidth * patch,
    patchHeight: patch,
    patchWidth: patch,
    gridHeight,
    gridWidth,
    prefix,
    width,
    patchWeight: weight(width, channels, patch, patch),
    tokensAtZero: weight(tokens, width),
    stemNorm: shape.stemNorm ? norm() : null,
    blocks: Array.from({ length: shape.blocks }, () => ({
      attention: branch({
        heads,
        headWidth,
        scale: headWidth ** -0.5,
        query: linear(width, heads * headWidth),
        key: linear(width, heads * headWidth),
        value: linear(width, heads * headWidth),
        queryNorm: shape.qkNorm ? norm(headWidth) : null,
        keyNorm: shape.qkNorm ? norm(headWidth) : null,
        projection: linear(heads * headWidth, width),
      }),
      feedForward: branch({
        in: linear(width, inner),
        gate: shape.gated ? linear(width, inner) : null,
        activation: shape.gated ? ('silu' as const) : ('gelu' as const),
        out: linear(inner, width),
      }),
    })),
    head: {
      norm: norm(),
      pooling: shape.pooling,
      pooledNorm: null,
      hidden: shape.hidden === null ? null : { linear: linear(pooled, shape.hidden), activation: 'tanh' },
      classifier: linear(last, classes),
      distilled: shape.pooling === 'distilled' ? linear(last, classes) : null,
    },
  };
}
