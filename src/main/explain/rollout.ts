/** Attention rollout (Abnar and Zuidema, ACL 2020) with the discarding of low attention of its usual implementation for ViTs. */

import { methodFacts } from '../../shared/methods.js';
import { type Vit, tokenCount } from '../model/vit.js';
import { embed, encode } from '../model/vit-graph.js';
import { GraphBuilder, type Value } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { indices } from '../onnx/runner.js';
import { BatchedMaps } from './batched-maps.js';
import { mapOutput, pixelsInput } from './graph-inputs.js';
import { meanOverHeads } from './heads.js';
import type { Method } from './method.js';
import { patchesOfRow, readoutRow } from './readout.js';

/**
 * A matrix `[B, T, T]` with all but its `kept` largest entries set to zero. The entry of the first token with itself stays
 * whatever its value: the published code protects it alone.
 */
function discardLow(g: GraphBuilder, matrix: Value, tokens: number, kept: Value): Value {
  const flat = g.reshape(matrix, -1, tokens * tokens);
  const [values, places] = g.ops('TopK', [flat, kept], { axis: 1, largest: 1, sorted: 0 }, { outputs: 2 });
  const zeros = g.mul(flat, g.float(0));
  const high = g.op('ScatterElements', [zeros, places ?? flat, values ?? flat], { axis: 1 });
  const rest = g.slice(high, 1, 1, tokens * tokens);
  return g.reshape(g.concat(1, g.slice(flat, 1, 0, 1), rest), -1, tokens, tokens);
}

/**
 * `(F + I) / 2` with column j divided by the sum of row j. The division is a slip of the published code, whose maps are
 * the ones in the literature; the rows that leave a token and the columns that enter it are of different sums.
 */
function mixedWithIdentity(g: GraphBuilder, matrix: Value, tokens: number): Value {
  const identity = g.floats(
    Float32Array.from({ length: tokens * tokens }, (_, at) => (at % (tokens + 1) === 0 ? 1 : 0)),
    [1, tokens, tokens],
  );
  const mixed = g.mul(g.add(matrix, identity), g.float(0.5));
  return g.div(mixed, g.reshape(g.reduceSum(mixed, 2, false), -1, 1, tokens));
}

/** `pixels [batch, ...]` and `kept [1]`, entries that a block's matrix keeps, to `map [batch, N]`, whose largest value is 1. */
function rolloutGraph(vit: Vit): Model {
  const g = new GraphBuilder('rollout');
  const tokens = tokenCount(vit);
  const pixels = pixelsInput(g, vit);
  const kept = g.input('kept', 'int64', [1]);
  const { attention } = encode(g, vit, embed(g, vit, pixels), { blockOutputs: false, attention: true });
  let row = readoutRow(g, vit);
  for (const probabilities of [...attention].reverse()) {
    const fused = meanOverHeads(g, probabilities);
    row = g.matMul(row, mixedWithIdentity(g, discardLow(g, fused, tokens, kept), tokens));
  }
  const map = patchesOfRow(g, vit, row);
  // Where everything that leads to the head was discarded the map is zero, not 0/0.
  const most = g.op('Max', [g.op('ReduceMax', [map, g.ints(1)], { keepdims: 1 }), g.float(1e-30)]);
  mapOutput(g, vit, g.div(map, most));
  return g.model();
}

/** Images of one run; measured: larger batches leave the processor's cache. */
const chunk = 4;

export const rollout: Method = {
  id: 'rollout',
  copies: 2,
  refusal: () => null,
  prepare: async (vit, createSession) =>
    new BatchedMaps(vit, await createSession(rolloutGraph(vit)), {
      chunk,
      backward: 0,
      extra: ({ parameters }) => {
        const entries = tokenCount(vit) ** 2;
        const discard = parameters.discard ?? methodFacts('rollout').parameters[0]?.default ?? 0;
        return { kept: indices([entries - Math.trunc(discard * entries)], 1) };
      },
    }),
};
