/** Tells from the operators of a graph what kind of model it is when it is no plain ViT, before anything is run. */

import { type Dimension, intAttribute } from '../onnx/graph.js';
import type { Flow } from './flow.js';
import { notVit } from './not-vit.js';
import { attentionSoftmaxes } from './recognise-blocks.js';

/** Patch projections in several steps have fewer. */
const mostConvolutions = 8;

const tokenSampling = 'token sampling explains a model by leaving tokens out, which such a model cannot do';

/** @throws AppError `MODEL_NOT_VIT` when the graph has no attention, with the family it seems to belong to. */
export function whyNotVit(flow: Flow, file: string, dims: (value: string) => readonly Dimension[] | null): void {
  const { nodes } = flow.graph;
  const convolutions = nodes.filter((node) => node.op === 'Conv' && flow.isData(node.inputs[0]));
  const attentions = attentionSoftmaxes(flow).length;
  if (attentions > 0 && convolutions.length > mostConvolutions) {
    throw notVit(
      file,
      `it mixes ${String(convolutions.length)} convolutions with ${String(attentions)} attention layers (a hybrid such as CvT, MobileViT or MaxViT), so its tokens do not stand for patches that can be left out`,
    );
  }
  if (attentions > 0) return;
  const fused = nodes.find((node) => node.op.endsWith('Attention'));
  if (fused) {
    throw notVit(
      file,
      `its attention '${fused.outputs[0] ?? fused.name}' is a fused operator in a form that was not opened (a cache, a causal mask or a sparse pattern)`,
      'Export the model without a cache and without causal masks.',
    );
  }
  const depthwise = convolutions.filter((node) => intAttribute(node, 'group', 1) > 1);
  const norms = nodes.filter((node) => node.op === 'LayerNormalization');
  if (convolutions.length > 1) {
    const family =
      depthwise.length > 0 && norms.length > 0 ? 'a ConvNeXt (depthwise convolutions and layer norms)' : 'a CNN';
    throw notVit(
      file,
      `it has ${String(convolutions.length)} convolutions and no attention: it is ${family}, and ${tokenSampling}`,
    );
  }
  const mixing = nodes.some(
    (node) => node.op === 'MatMul' && flow.isLinear(node) && isTokenMixing(node.inputs[1] ?? '', norms, dims),
  );
  if (mixing || norms.length > 2) {
    throw notVit(
      file,
      `it has layer norms and linear layers but no attention (an MLP-Mixer or its kin), and ${tokenSampling}`,
    );
  }
  throw notVit(file, `it has no attention, and ${tokenSampling}`);
}

/** Whether a matrix has as many rows as there are tokens rather than channels. */
function isTokenMixing(
  matrix: string,
  norms: readonly { readonly outputs: readonly string[] }[],
  dims: (value: string) => readonly Dimension[] | null,
): boolean {
  const rows = dims(matrix)?.[0];
  return norms.some((norm) => {
    const shape = dims(norm.outputs[0] ?? '');
    return shape?.length === 3 && shape[1] === rows && shape[2] !== rows;
  });
}
