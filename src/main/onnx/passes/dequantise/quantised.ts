/** Turns quantised values into the float values they stand for, and remembers which float each quantised value came from. */

import type { Node } from '../../graph.js';
import type { GraphIndex } from '../../graph-index.js';
import { elementsOf } from '../../shapes/elements.js';
import type { Shapes } from '../../shapes.js';
import { type DataType, dataTypes } from '../../tensor.js';
import { Fragment } from '../rewrite.js';

/** How a quantised value maps to floats: `scale * (value - zero point)`. */
export interface Quantisation {
  readonly scale: string;
  /** Empty for zero. */
  readonly zeroPoint: string;
  /** The axis of scales that are a list. */
  readonly axis: number;
  /** Entries along the axis that share a scale; 0 when the scale is one number or a list. */
  readonly block: number;
}

/** Zero points beyond this are not searched for other values than zero. */
const mostZeroPoints = 65_536;

export class Dequantising {
  readonly index: GraphIndex;
  readonly shapes: Shapes;
  readonly #fresh: (hint: string) => string;
  /** The float value behind a quantised one. */
  readonly #floats = new Map<string, string>();

  constructor(index: GraphIndex, shapes: Shapes, fresh: (hint: string) => string) {
    this.index = index;
    this.shapes = shapes;
    this.#fresh = fresh;
  }

  fragment(node: Node): Fragment {
    return new Fragment(node.outputs[0] ?? node.name, this.#fresh);
  }

  /** Says that the quantised `value` stands for the float `float`. */
  stands(value: string, float: string): void {
    this.#floats.set(value, float);
  }

  /** The float that a quantised value stands for when it was quantised in this graph. */
  known(value: string): string | undefined {
    return this.#floats.get(value);
  }

  rank(value: string): number | undefined {
    return (this.index.tensor(value)?.dims ?? this.shapes.dims(value))?.length;
  }

  /** A known dimension of a value. */
  size(value: string, axis: number): number | undefined {
    const dim = (this.index.tensor(value)?.dims ?? this.shapes.dims(value))?.at(axis);
    return typeof dim === 'number' ? dim : undefined;
  }

  /** The float type that a scale gives. */
  typeOf(scale: string): DataType {
    return this.index.tensor(scale)?.type ?? this.shapes.type(scale) ?? 'float32';
  }

  #isZero(zeroPoint: string): boolean {
    if (zeroPoint === '') return true;
    const tensor = this.index.tensor(zeroPoint);
    if (!tensor || tensor.bytes.length > mostZeroPoints) return false;
    return elementsOf(tensor)?.every((element) => element === 0) === true;
  }

  /**
   * A scale or zero point, given as the float `numbers`, in a shape that broadcasts against the quantised value; null
   * when the ranks are unknown.
   */
  #spread(
    g: Fragment,
    parameter: string,
    numbers: string,
    value: string,
    { axis, block }: Quantisation,
  ): string | null {
    const [rank, own] = [this.rank(value), this.rank(parameter)];
    if (own === 0) return numbers;
    if (own === undefined || rank === undefined) return null;
    const at = axis < 0 ? axis + rank : axis;
    const count = this.size(parameter, block > 0 ? at : 0);
    if (own === 1 && (count === 1 || rank === 1) && block === 0) return numbers;
    if (own === 1 && block === 0) {
      const shape = Array.from({ length: rank }, (_, index) => (index === at ? -1 : 1));
      return g.op('spread', 'Reshape', [numbers, g.ints('shape', ...shape)]);
    }
    if (own !== rank || block === 0) return own === rank ? numbers : null;
    return this.#blocks(g, parameter, numbers, at, block, this.size(value, at));
  }

  /** Every entry along an axis repeated `block` times, cut to `size` entries. */
  #blocks(
    g: Fragment,
    parameter: string,
    numbers: string,
    axis: number,
    block: number,
    size: number | undefined,
  ): string | null {
    const dims = Array.from({ length: this.rank(parameter) ?? 0 }, (_, index) => this.size(parameter, index));
    const known = dims.filter((dim) => dim !== undefined);
    if (size === undefined || known.length !== dims.length) return null;
    const apart = g.op('apart', 'Unsqueeze', [numbers, g.ints('axis', axis + 1)]);
    const repeats = [...known.slice(0, axis + 1), block, ...known.slice(axis + 1)];
    const repeated = g.op('repeated', 'Expand', [apart, g.ints('repeats', ...repeats)]);
    const joined = known.map((dim, index) => (index === axis ? dim * block : dim));
    const whole = g.op('joined', 'Reshape', [repeated, g.ints('shape', ...joined)]);
    if ((known[axis] ?? 0) * block === size) return whole;
    return g.op('cut', 'Slice', [whole, g.ints('from', 0), g.ints('to', size), g.ints('along', axis)]);
  }

  /**
   * The float value of a quantised one: what it was quantised from, or `scale * (value - zero point)` in plain operators,
   * exact in float32. Null when the shapes that this needs are not known.
   */
  float(g: Fragment, value: string, quantisation: Quantisation): string | null {
    const known = this.#floats.get(value);
    return known ?? this.expression(g, value, quantisation);
  }

  /** `scale * (value - zero point)`. */
  expression(g: Fragment, value: string, quantisation: Quantisation): string | null {
    const factor = this.#spread(g, quantisation.scale, quantisation.scale, value, quantisation);
    const codes = this.codes(g, value, quantisation);
    return factor === null || codes === null ? null : g.op('float', 'Mul', [codes, factor]);
  }

  /** `value - zero point` in the float type of the scale. */
  codes(g: Fragment, value: string, quantisation: Quantisation): string | null {
    const { scale, zeroPoint } = quantisation;
    const to = dataTypes[this.typeOf(scale)].code;
    const codes = g.op('codes', 'Cast', [value], { to });
    if (this.#isZero(zeroPoint)) return codes;
    const zero = this.#spread(g, zeroPoint, g.op('zero', 'Cast', [zeroPoint], { to }), value, quantisation);
    return zero === null ? null : g.op('shifted', 'Sub', [codes, zero]);
  }
}

/** One number, or a list along `axis`. */
export function quantisation(scale: string | undefined, zeroPoint: string | undefined, axis = -1): Quantisation {
  return { scale: scale ?? '', zeroPoint: zeroPoint ?? '', axis, block: 0 };
}
