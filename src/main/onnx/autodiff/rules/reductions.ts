/** Gradients of sums and means over axes. */

import type { Value } from '../../builder.js';
import { type Dimension, intAttribute, intsAttribute } from '../../graph.js';
import { numericDims } from '../../shapes/fact.js';
import { elementCount } from '../../tensor.js';
import { shapeValue } from '../extents.js';
import { numberOf } from '../numbers.js';
import type { ReverseSite } from '../reverse-site.js';
import type { ReverseRule } from '../reverse-walk.js';
import { fromFirstOutput } from '../single-output.js';

/** The reduced axes in ascending order; null for a reduction over none, which changes nothing. */
function reducedAxes(site: ReverseSite, dims: readonly Dimension[]): readonly number[] | null {
  const given = intsAttribute(site.node, 'axes') ?? (site.has(1) ? site.integers(site.input(1)) : []);
  if (given === null) site.fail('cannot be reversed: its axes are not known');
  if (given.length > 0) return given.map((axis) => site.axis(axis, dims.length)).sort((a, b) => a - b);
  return intAttribute(site.node, 'noop_with_empty_axes', 0) !== 0 ? null : dims.map((_, index) => index);
}

/** How many elements went into one, as a number where it is known and as a value otherwise. */
function divisor(site: ReverseSite, x: Value, dims: readonly Dimension[], axes: readonly number[]): Value {
  const { g } = site;
  const type = site.type(x);
  const sizes = numericDims(axes.map((axis) => dims[axis] ?? null));
  if (sizes !== null) return numberOf(g, elementCount(sizes), type);
  const reduced = g.gather(g.op('Shape', [x]), g.ints(...axes), 0);
  return g.cast(g.op('ReduceProd', [reduced], { keepdims: 0 }), type);
}

function reduction(isMean: boolean): ReverseRule {
  return fromFirstOutput((site, upstream) => {
    const { g } = site;
    const x = site.input(0);
    const dims = site.dims(x);
    const axes = reducedAxes(site, dims);
    if (axes === null || axes.length === 0) return [upstream];
    const keeps = intAttribute(site.node, 'keepdims', 1) !== 0;
    const kept = keeps ? upstream : g.op('Unsqueeze', [upstream, g.ints(...axes)]);
    const share = isMean ? g.div(kept, divisor(site, x, dims, axes)) : kept;
    return [g.op('Expand', [share, shapeValue(g, { value: x, dims })])];
  });
}

export const reductionRules: Readonly<Record<string, ReverseRule>> = {
  ReduceSum: reduction(false),
  ReduceMean: reduction(true),
};
