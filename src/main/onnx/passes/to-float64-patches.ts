/** A convolution whose windows do not overlap, the patch projection of a ViT, as a matrix product. */

import { type Node, intAttribute, intsAttribute } from '../graph.js';
import { numericDims } from '../shapes/fact.js';
import type { Fragment, Opener, Rewriter } from './rewrite.js';

interface Patch {
  readonly outputs: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Outputs and size of the windows; null unless they lie side by side, without padding and groups. */
function patchOf(node: Node, rewriter: Rewriter): Patch | null {
  const [outputs, channels, height, width, more] = numericDims(rewriter.dims(node.inputs[1] ?? '')) ?? [];
  if (outputs === undefined || channels === undefined || height === undefined || width === undefined) return null;
  const [down, right] = intsAttribute(node, 'strides') ?? [1, 1];
  const autoPad = node.attributes.get('auto_pad');
  const isPlain =
    more === undefined &&
    down === height &&
    right === width &&
    (intsAttribute(node, 'pads') ?? []).every((amount) => amount === 0) &&
    (intsAttribute(node, 'dilations') ?? []).every((step) => step === 1) &&
    !(autoPad?.kind === 'string' && autoPad.value.startsWith('SAME')) &&
    intAttribute(node, 'group', 1) === 1;
  return isPlain ? { outputs, channels, height, width } : null;
}

/** Rows and columns of windows, int64 `[2]`. */
function gridOf(g: Fragment, picture: string, { height, width }: Patch): string {
  const space = g.op('space', 'Shape', [picture], { start: 2, end: 4 });
  return g.op('grid', 'Div', [space, g.ints('size', height, width)]);
}

/** `[B, channels, H, W]` as `[B, h, w, channels height width]`; what fills no window is cut off. */
function windows(g: Fragment, picture: string, patch: Patch): string {
  const { channels, height, width } = patch;
  const grid = gridOf(g, picture, patch);
  const covered = g.op('covered', 'Mul', [grid, g.ints('window', height, width)]);
  const cut = g.op('cut', 'Slice', [picture, g.ints('from', 0, 0), covered, g.ints('axes', 2, 3)]);
  const part = (index: number): string => g.op('part', 'Slice', [grid, g.ints('at', index), g.ints('to', index + 1)]);
  const [rows, columns] = [part(0), part(1)];
  const split = g.op('shape', 'Concat', [g.ints('lead', 0, channels), rows, g.ints('h', height), columns, g.ints('w', width)], { axis: 0 }); // prettier-ignore
  const laid = g.op('laid', 'Transpose', [g.op('split', 'Reshape', [cut, split])], { perm: [0, 2, 4, 1, 3, 5] });
  return g.op('windows', 'Reshape', [laid, g.ints('rows', 0, 0, 0, channels * height * width)]);
}

const openConv: Opener = (g, node, rewriter) => {
  const patch = patchOf(node, rewriter);
  if (patch === null) return false;
  const [picture = '', weight = '', bias = ''] = node.inputs;
  const { outputs, channels, height, width } = patch;
  const flat = g.op('flat', 'Reshape', [weight, g.ints('flat_shape', outputs, channels * height * width)]);
  const turned = g.op('turned', 'Transpose', [flat], { perm: [1, 0] });
  const product = g.op('product', 'MatMul', [windows(g, picture, patch), turned]);
  const biased = bias === '' ? product : g.op('biased', 'Add', [product, bias]);
  g.write('Transpose', [biased], node.outputs, { perm: [0, 3, 1, 2] });
  return true;
};

export const patchOpeners: Readonly<Record<string, Opener>> = { Conv: openConv };
