/** Gradients of operators that lay the same elements out in another way. */

import type { Value } from '../../builder.js';
import { intAttribute, intsAttribute } from '../../graph.js';
import { numericDims } from '../../shapes/fact.js';
import { unbroadcast } from '../broadcasting.js';
import { filled, reshapedLike, sizeValue } from '../extents.js';
import type { ReverseSite } from '../reverse-site.js';
import type { ReverseRule } from '../reverse-walk.js';
import { fromFirstOutput } from '../single-output.js';

/** The same elements in the same order: Reshape, Flatten, Squeeze, Unsqueeze. */
const reshape = fromFirstOutput((site, upstream) => {
  const value = site.input(0);
  return [reshapedLike(site.g, upstream, site.dims(site.output()), { value, dims: site.dims(value) })];
});

const transpose = fromFirstOutput((site, upstream) => {
  const axes = site.dims(site.input(0)).map((_, index) => index);
  const perm = intsAttribute(site.node, 'perm') ?? axes.toReversed();
  return [site.g.transpose(upstream, ...axes.map((axis) => perm.indexOf(axis)))];
});

/** Cuts out of upstream what belongs to each input; by sizes read at run time where one is not known before. */
const concat = fromFirstOutput((site, upstream) => {
  const { g, node } = site;
  const axis = site.axis(intAttribute(node, 'axis', 1), site.dims(site.output()).length);
  const extents = node.inputs.map((_, index) => ({ value: site.input(index), dims: site.dims(site.input(index)) }));
  const sizes = numericDims(extents.map(({ dims }) => dims[axis] ?? null));
  if (sizes === null) {
    const split = g.concat(0, ...extents.map((extent) => sizeValue(g, extent, axis)));
    return g.ops('Split', [upstream, split], { axis }, { outputs: extents.length });
  }
  let from = 0;
  return sizes.map((size, index) => {
    from += size;
    return site.isWanted(index) ? g.slice(upstream, axis, from - size, from) : null;
  });
});

/** Puts the parts side by side again, zeros where nothing came back. */
const split: ReverseRule = (site, upstream) => {
  const part = (value: Value | null, index: number): Value => {
    if (value !== null) return value;
    const output = site.output(index);
    return filled(site.g, { value: output, dims: site.dims(output), type: site.type(output) }, 0);
  };
  const parts = upstream.map(part);
  return [site.g.concat(intAttribute(site.node, 'axis', 0), ...parts)];
};

const expand = fromFirstOutput((site, upstream) => [
  unbroadcast(site, upstream, site.dims(site.input(0)), [site.dims(site.output())]),
]);

/** Amounts before and after each axis; those of axes that are not named are 0. */
function padding(site: ReverseSite, rank: number): readonly (readonly [number, number])[] {
  const pads = site.integers(site.input(1));
  const named = site.has(3) ? site.integers(site.input(3)) : Array.from({ length: rank }, (_, axis) => axis);
  if (pads === null || named === null) site.fail('cannot be reversed: its amounts are not known');
  const amounts = Array.from({ length: rank }, (): readonly [number, number] => [0, 0]);
  named.forEach((axis, index) => {
    amounts[site.axis(axis, rank)] = [pads[index] ?? 0, pads[index + named.length] ?? 0];
  });
  return amounts;
}

/** Pads by the opposite amounts: what was cut off comes back as zeros. */
const pad = fromFirstOutput((site, upstream) => {
  const mode = site.node.attributes.get('mode');
  if (mode?.kind === 'string' && mode.value !== 'constant') site.fail(`cannot be reversed in the mode ${mode.value}`);
  const { g } = site;
  const amounts = padding(site, site.dims(site.input(0)).length);
  if (amounts.some(([before, after]) => before < 0 || after < 0)) {
    const back = [...amounts.map(([before]) => -before), ...amounts.map(([, after]) => -after)];
    return [g.op('Pad', [upstream, g.ints(...back)])];
  }
  const cut = amounts.flatMap(([before, after], axis) =>
    before === 0 && after === 0 ? [] : [{ axis, before, after }],
  );
  if (cut.length === 0) return [upstream];
  const ends = cut.map(({ after }) => (after === 0 ? Number.MAX_SAFE_INTEGER : -after));
  const starts = cut.map(({ before }) => before);
  return [g.op('Slice', [upstream, g.ints(...starts), g.ints(...ends), g.ints(...cut.map(({ axis }) => axis))])];
});

export const layoutRules: Readonly<Record<string, ReverseRule>> = {
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Expand: expand,
  Pad: pad,
};
