/** Values of elementwise operators and reductions on small tensors: the arithmetic of shapes. */

import { type Dimension, intAttribute } from '../graph.js';
import type { DataType } from '../tensor.js';
import type { DimensionAlgebra } from './algebra.js';
import { type Fact, type Site, type ValueRule, type ValueRules, axisOf, numericDims } from './fact.js';
import { axesOf } from './layout.js';

/** For each element of `output`, the place in a value of shape `dims` that broadcasting reads. */
export function broadcastPlaces(dims: readonly number[], output: readonly number[]): (place: number) => number {
  if (dims.length === output.length && dims.every((dim, index) => dim === output[index])) return (place) => place;
  const strides = stridesOf(dims);
  const offset = output.length - dims.length;
  return (place) => {
    let rest = place;
    let found = 0;
    for (let axis = output.length - 1; axis >= offset; axis -= 1) {
      const size = output[axis] ?? 1;
      if (dims[axis - offset] !== 1) found += (rest % size) * (strides[axis - offset] ?? 0);
      rest = Math.floor(rest / size);
    }
    return found;
  };
}

export function stridesOf(dims: readonly number[]): number[] {
  const strides = dims.map(() => 1);
  for (let axis = dims.length - 2; axis >= 0; axis -= 1)
    strides[axis] = (strides[axis + 1] ?? 1) * (dims[axis + 1] ?? 1);
  return strides;
}

type Combine = (operands: readonly Dimension[], algebra: DimensionAlgebra, type: DataType | undefined) => Dimension;

const whole: ReadonlySet<DataType | undefined> = new Set<DataType | undefined>([
  'int64', 'int32', 'int16', 'int8', 'uint64', 'uint32', 'uint16', 'uint8', 'bool',
]); // prettier-ignore

/** A result as the type holds it: float32 rounds, integers beyond 2^53 are not followed. */
function held(value: number, type: DataType | undefined): Dimension {
  if (type === 'float32') return Math.fround(value);
  if (type === 'float64') return value;
  if (!whole.has(type)) return null;
  return Number.isSafeInteger(value) ? (value === 0 ? 0 : value) : null;
}

function numeric(compute: (...operands: number[]) => number | null): Combine {
  return (operands, _, type) => {
    const numbers = operands.filter((operand) => typeof operand === 'number');
    const value = numbers.length === operands.length ? compute(...numbers) : null;
    return value === null ? null : held(value, type);
  };
}

/** `compute` on numbers, `symbolic` when a dimension has a name. */
function mixed(
  compute: (a: number, b: number) => number | null,
  symbolic: (algebra: DimensionAlgebra, a: Dimension, b: Dimension) => Dimension,
): Combine {
  const numbers = numeric(compute);
  return (operands, algebra, type) => {
    const [a = null, b = null] = operands;
    if (operands.every((operand) => typeof operand === 'number')) return numbers(operands, algebra, type);
    const plain = operands.every((operand) => typeof operand === 'string' || Number.isSafeInteger(operand));
    return plain ? symbolic(algebra, a, b) : null;
  };
}

function truth(
  compute: (a: number, b: number) => boolean,
  symbolic: (a: Dimension, b: Dimension) => boolean | null,
): Combine {
  return ([a = null, b = null]) => {
    if (a === null || b === null) return null;
    if (typeof a === 'number' && typeof b === 'number') return Number(compute(a, b));
    const known = symbolic(a, b);
    return known === null ? null : Number(known);
  };
}

const unknown = (): null => null;

/** Dimensions with a name are not negative: that alone decides the comparisons with -1 of exported Expands. */
function equalSymbols(a: Dimension, b: Dimension): boolean | null {
  if (a === b) return true;
  return (typeof a === 'number' && a < 0) || (typeof b === 'number' && b < 0) ? false : null;
}

function divided(type: DataType | undefined): (a: number, b: number) => number | null {
  return whole.has(type) ? (a, b) => (b === 0 ? null : Math.trunc(a / b)) : (a, b) => a / b;
}

const divide: Combine = (operands, algebra, type) =>
  mixed(divided(type), (rules, a, b) => rules.divide(a, b))(operands, algebra, type);

const fold = (pick: (...values: number[]) => number): Combine => numeric((...values) => pick(...values));

const pickWhere: Combine = ([condition = null, a = null, b = null]) => {
  if (typeof condition === 'number') return condition === 0 ? b : a;
  return a === b ? a : null;
};

/** Keeps the name of a dimension: rounding it or changing its type changes nothing. */
const keep = (compute: (a: number) => number): Combine => {
  const numbers = numeric((a) => compute(a));
  return (operands, algebra, type) =>
    typeof operands[0] === 'string' ? operands[0] : numbers(operands, algebra, type);
};

function castTo(value: number, type: DataType | undefined): Dimension {
  if (type === 'bool') return value === 0 ? 0 : 1;
  if (whole.has(type)) return held(Math.trunc(value), type);
  return held(value, type);
}

const cast: Combine = ([a = null], _, type) => (typeof a === 'number' ? castTo(a, type) : type === 'bool' ? null : a);

const mod: ValueRule = (site, output) => {
  const floor = intAttribute(site.node, 'fmod', 0) === 0;
  return elementwise(numeric((a, b) => (b === 0 ? null : floor ? a - b * Math.floor(a / b) : a % b)))(site, output);
};

function elementwise(combine: Combine): ValueRule {
  return (site, output) => {
    const dims = numericDims(output.dims);
    const operands = site.node.inputs.map((_, index) => site.input(index));
    if (!dims || operands.some(({ elements }) => elements === undefined)) return null;
    const count = dims.reduce((product, dim) => product * dim, 1);
    if (count > site.limit) return null;
    const places = operands.map((operand) => broadcastPlaces(numericDims(operand.dims) ?? [], dims));
    return Array.from({ length: count }, (_, place) => {
      const values = operands.map(({ elements }, index) => elements?.[places[index]?.(place) ?? 0] ?? null);
      return combine(values, site.algebra, output.type);
    });
  };
}

/** The elements that each element of a reduction's result is made of. */
function reducedGroups(site: Site, input: Fact): Dimension[][] | null {
  const dims = numericDims(input.dims);
  const axes = axesOf(site);
  if (!dims || !input.elements || axes === null) return null;
  if (axes?.length === 0 && intAttribute(site.node, 'noop_with_empty_axes', 0) !== 0) return null;
  const gone = new Set((axes?.length ? axes : dims.map((_, index) => index)).map((axis) => axisOf(axis, dims.length)));
  const kept = dims.map((dim, axis) => (gone.has(axis) ? 1 : dim));
  const groups = Array.from({ length: kept.reduce((product, dim) => product * dim, 1) }, (): Dimension[] => []);
  const place = broadcastPlaces(kept, dims);
  input.elements.forEach((element, index) => groups[place(index)]?.push(element));
  return groups;
}

function reduction(combine: (values: readonly Dimension[], algebra: DimensionAlgebra) => Dimension): ValueRule {
  return (site, output) => {
    if (!whole.has(output.type)) return null;
    return reducedGroups(site, site.input(0))?.map((group) => combine(group, site.algebra)) ?? null;
  };
}

const extreme = (pick: (...values: number[]) => number) =>
  reduction((values) => {
    const numbers = values.filter((value) => typeof value === 'number');
    return numbers.length === values.length && numbers.length > 0 ? pick(...numbers) : null;
  });

export const arithmeticValues: ValueRules = {
  Add: elementwise(
    mixed(
      (a, b) => a + b,
      (algebra, a, b) => algebra.add(a, b),
    ),
  ),
  Sub: elementwise(
    mixed(
      (a, b) => a - b,
      (algebra, a, b) => algebra.subtract(a, b),
    ),
  ),
  Mul: elementwise(
    mixed(
      (a, b) => a * b,
      (algebra, a, b) => algebra.multiply(a, b),
    ),
  ),
  Div: elementwise(divide),
  Mod: mod,
  Pow: elementwise(numeric((a, b) => a ** b)),
  Min: elementwise(fold(Math.min)),
  Max: elementwise(fold(Math.max)),
  Neg: elementwise(numeric((a) => -a)),
  Abs: elementwise(keep(Math.abs)),
  Floor: elementwise(keep(Math.floor)),
  Ceil: elementwise(keep(Math.ceil)),
  Round: elementwise(keep((a) => (Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a)))),
  Sqrt: elementwise(numeric(Math.sqrt)),
  Reciprocal: elementwise(numeric((a) => 1 / a)),
  Sign: elementwise(numeric(Math.sign)),
  Identity: elementwise(([a = null]) => a),
  Cast: elementwise(cast),
  CastLike: (site, output) => elementwise(([a = null], algebra, type) => cast([a], algebra, type))(site, output),
  Not: elementwise(numeric((a) => (a === 0 ? 1 : 0))),
  And: elementwise(truth((a, b) => a !== 0 && b !== 0, unknown)),
  Or: elementwise(truth((a, b) => a !== 0 || b !== 0, unknown)),
  Xor: elementwise(truth((a, b) => (a !== 0) !== (b !== 0), unknown)),
  Equal: elementwise(truth((a, b) => a === b, equalSymbols)),
  Greater: elementwise(truth((a, b) => a > b, unknown)),
  GreaterOrEqual: elementwise(truth((a, b) => a >= b, unknown)),
  Less: elementwise(truth((a, b) => a < b, unknown)),
  LessOrEqual: elementwise(truth((a, b) => a <= b, unknown)),
  Where: elementwise(pickWhere),
  ReduceProd: reduction((values, algebra) => algebra.product(values)),
  ReduceSum: reduction((values, algebra) => values.reduce<Dimension>((sum, value) => algebra.add(sum, value), 0)),
  ReduceMax: extreme(Math.max),
  ReduceMin: extreme(Math.min),
};
