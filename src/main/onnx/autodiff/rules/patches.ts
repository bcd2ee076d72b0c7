/** The gradient of a convolution whose windows do not overlap, the patch projection of a ViT, with respect to its input. */

import type { Value } from '../../builder.js';
import { type Dimension, intAttribute, intsAttribute } from '../../graph.js';
import { numericDims } from '../../shapes/fact.js';
import type { ReverseSite } from '../reverse-site.js';
import type { ReverseRule } from '../reverse-walk.js';
import { fromFirstOutput } from '../single-output.js';

/** Channels and size of a patch. */
interface Patch {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Outputs of the projection. */
  readonly outputs: number;
}

/** Throws RangeError for anything but windows side by side. */
function patchOf(site: ReverseSite): Patch {
  const { node } = site;
  const [outputs, channels, height, width] = numericDims(site.dims(site.input(1))) ?? [];
  if (outputs === undefined || channels === undefined || height === undefined || width === undefined) {
    return site.fail('cannot be reversed: only convolutions of two dimensions and known size can');
  }
  const strides = intsAttribute(node, 'strides') ?? [1, 1];
  const isPlain =
    strides[0] === height &&
    strides[1] === width &&
    (intsAttribute(node, 'pads') ?? []).every((amount) => amount === 0) &&
    (intsAttribute(node, 'dilations') ?? []).every((step) => step === 1) &&
    !['SAME_UPPER', 'SAME_LOWER'].some((mode) => mode === autoPad(site)) &&
    intAttribute(node, 'group', 1) === 1;
  if (!isPlain) site.fail('cannot be reversed: only windows side by side, without padding and groups, can');
  return { channels, height, width, outputs };
}

function autoPad({ node }: ReverseSite): string {
  const attribute = node.attributes.get('auto_pad');
  return attribute?.kind === 'string' ? attribute.value : 'NOTSET';
}

/** Patches `[B, h, w, channels height width]` as a picture `[B, channels, h height, w width]`. */
function assembled(site: ReverseSite, patches: Value, patch: Patch, grid: readonly Dimension[]): Value {
  const { g } = site;
  const { channels, height, width } = patch;
  const laid = g.transpose(g.reshape(patches, 0, 0, 0, channels, height, width), 0, 3, 1, 4, 2, 5);
  const [rows, columns] = grid;
  if (typeof rows === 'number' && typeof columns === 'number') {
    return g.reshape(laid, 0, channels, rows * height, columns * width);
  }
  const counts = g.op('Shape', [patches], { start: 1, end: 3 });
  const shape = g.concat(0, g.ints(0, channels), g.mul(counts, g.ints(height, width)));
  return g.op('Reshape', [laid, shape]);
}

/** Zeros where rows and columns of the picture were left over that fill no patch. */
function withLeftOver(site: ReverseSite, picture: Value, patch: Patch, grid: readonly Dimension[]): Value {
  const { g } = site;
  const whole = site.input(0);
  const space = numericDims([...site.dims(whole).slice(2), ...grid]);
  if (space !== null) {
    const [height = 0, width = 0, rows = 0, columns = 0] = space;
    const [below, right] = [height - rows * patch.height, width - columns * patch.width];
    return below === 0 && right === 0 ? picture : g.op('Pad', [picture, g.ints(0, 0, 0, 0, 0, 0, below, right)]);
  }
  const missing = g.sub(g.op('Shape', [whole]), g.op('Shape', [picture]));
  return g.op('Pad', [picture, g.concat(0, g.ints(0, 0, 0, 0), missing)]);
}

/** Every pixel lies in one patch, so its gradient is one product with the weights. */
const convolution = fromFirstOutput((site, upstream) => {
  const { g } = site;
  const patch = patchOf(site);
  if (site.isWanted(1)) site.fail('has no backward rule for its weights');
  const pixels = (): Value => {
    const grid = site.dims(site.output()).slice(2);
    const columns = patch.channels * patch.height * patch.width;
    const weight = g.reshape(site.input(1), patch.outputs, columns);
    const patches = g.matMul(g.transpose(upstream, 0, 2, 3, 1), weight);
    return withLeftOver(site, assembled(site, patches, patch, grid), patch, grid);
  };
  const shift = (): Value => g.op('ReduceSum', [upstream, g.ints(0, 2, 3)], { keepdims: 0 });
  return [site.isWanted(0) ? pixels() : null, null, site.isWanted(2) ? shift() : null];
});

export const patchRules: Readonly<Record<string, ReverseRule>> = { Conv: convolution };
