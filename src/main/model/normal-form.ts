/** Brings any ONNX graph into one plain form that a ViT can be recognised in, and says what was done. */

import type { Model, Node } from '../onnx/graph.js';
import { dequantise } from '../onnx/passes/dequantise.js';
import { dropGuards } from '../onnx/passes/drop-guards.js';
import { foldConstants } from '../onnx/passes/fold-constants.js';
import { fuseActivations } from '../onnx/passes/fuse-activations.js';
import { fuseNorms } from '../onnx/passes/fuse-norms.js';
import { toFloat32 } from '../onnx/passes/to-float32.js';
import { unfuse } from '../onnx/passes/unfuse.js';
import { upgradeOpset } from '../onnx/passes/upgrade-opset.js';
import { prune } from '../onnx/prune.js';

export interface NormalForm {
  readonly model: Model;
  /** What was done, in plain words. */
  readonly passes: readonly string[];
  /** Whether numbers are stored coarser than float32, so that the file's own results are rounded. */
  readonly coarse: boolean;
}

function count(model: Model, is: (node: Node) => boolean): number {
  return model.graph.nodes.filter(is).length;
}

const isNorm = (node: Node): boolean => node.op === 'LayerNormalization' || node.op === 'SimplifiedLayerNormalization';
const isFusedAttention = (node: Node): boolean => node.op.endsWith('Attention');
const isQuantised = (node: Node): boolean =>
  /Quantize|Integer|^QLinear|^MatMulNBits$|^QGemm$|^QAttention$/.test(node.op);

function plural(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 ? '' : 's'}`;
}

/** Types of floating-point weights that are not float32. */
function halves(model: Model): readonly string[] {
  const types = new Set([...model.graph.initializers.values()].map(({ type }) => type));
  return (['float16', 'bfloat16', 'float64'] as const).filter((type) => types.has(type));
}

/** The model in plain float32 operators; names of values stay where the values do. */
export function normalForm(original: Model): NormalForm {
  const passes: string[] = [];
  const opset = original.opsets.get('') ?? 0;
  const upgraded = dropGuards(upgradeOpset(original));
  if (opset < 20) passes.push(`read as operator set 20 (the file has ${String(opset)})`);
  const opened = unfuse(upgraded);
  const attentions = count(upgraded, isFusedAttention) - count(opened, isFusedAttention);
  if (attentions > 0) passes.push(`opened ${plural(attentions, 'fused attention operator')}`);
  const others =
    count(upgraded, (node) => node.domain !== '') - count(opened, (node) => node.domain !== '') - attentions;
  if (others > 0) passes.push(`opened ${plural(others, 'other fused operator')}`);
  const quantised = count(opened, isQuantised);
  const plain = quantised > 0 ? dequantise(opened) : opened;
  if (quantised > 0)
    passes.push(`replaced ${plural(quantised, 'quantised operator')} by float ones on dequantised weights`);
  const half = halves(plain);
  const single = half.length === 0 ? plain : toFloat32(plain);
  if (half.length > 0) passes.push(`computed in float32 (the file stores ${half.join(' and ')})`);
  const folded = foldConstants(single);
  const normed = fuseNorms(folded);
  const norms = count(normed, isNorm) - count(folded, isNorm);
  if (norms > 0) passes.push(`recognised ${plural(norms, 'normalisation')} written out in arithmetic`);
  const active = fuseActivations(normed);
  return { model: { ...active, graph: prune(active.graph) }, passes, coarse: quantised > 0 || half.length > 0 };
}
