/** Erf and Gelu in operators that the runtime has in double precision. */

import { type Tensor, dataTypes, intTensor } from '../tensor.js';
import type { Fragment, Opener } from './rewrite.js';
import { normalTables, tableLimit, tableRate } from './to-float64-normal.js';

function double(value: number): Tensor {
  return { type: 'float64', dims: [], bytes: new Uint8Array(Float64Array.of(value).buffer) };
}

/** Writes formulas in double precision. */
class Formula {
  readonly #g: Fragment;
  readonly #numbers = new Map<number, string>();

  constructor(g: Fragment) {
    this.#g = g;
  }

  number(value: number): string {
    const name = this.#numbers.get(value) ?? this.#g.constant('number', double(value));
    this.#numbers.set(value, name);
    return name;
  }

  op(op: string, ...inputs: readonly (string | number)[]): string {
    return this.#g.op(op.toLowerCase(), op, inputs.map((input) => (typeof input === 'number' ? this.number(input) : input))); // prettier-ignore
  }

  /**
   * The normal distribution at `x`: of the nearest entry `a` of its table and, with `h = x - a`, the first terms of its
   * series, `d (h - a h^2 / 2 + (a^2 - 1) h^3 / 6)` with the density `d`. `h` is at most 1.2e-4, so that the next term is below 1e-16.
   */
  normal(x: string): string {
    const bounded = this.op('Clip', x, -tableLimit, tableLimit);
    const entry = this.op('Round', this.op('Mul', bounded, tableRate));
    const shifted = this.op('Add', entry, tableLimit * tableRate);
    const whole = this.#g.op('index', 'Cast', [shifted], { to: dataTypes.int64.code });
    // NaN has no place in the table; it comes back by way of `h`.
    const [first, last] = [0, 2 * tableLimit * tableRate].map((at) => this.#g.constant('bound', intTensor([at], [])));
    const index = this.#g.op('index', 'Clip', [whole, first ?? null, last ?? null]);
    const { distribution, density } = normalTables();
    const start = this.#entry('normal_distribution', distribution, index);
    const slope = this.#entry('normal_density', density, index);
    const a = this.op('Mul', entry, 1 / tableRate);
    const h = this.op('Sub', bounded, a);
    const t = this.op('Mul', a, h);
    // 1 - t / 2 + (t^2 - h^2) / 6, times h.
    const squares = this.op('Sub', this.op('Mul', t, this.op('Sub', t, 3)), this.op('Mul', h, h));
    const series = this.op('Mul', this.op('Add', this.op('Mul', squares, 1 / 6), 1), h);
    return this.op('Add', start, this.op('Mul', slope, series));
  }

  /** Entries of a table, which all formulas of a graph share under its name. */
  #entry(name: string, table: Tensor, index: string): string {
    this.#g.constants.set(name, table);
    return this.#g.op('entry', 'Gather', [name, index], { axis: 0 });
  }
}

/** `erf(x) = 2 N(x sqrt(2)) - 1`. */
const openErf: Opener = (g, node) => {
  const f = new Formula(g);
  const [x = ''] = node.inputs;
  const share = f.normal(f.op('Mul', x, Math.SQRT2));
  g.write('Sub', [f.op('Mul', share, 2), f.number(1)], node.outputs);
  return true;
};

const openExactGelu: Opener = (g, node) => {
  const [x = ''] = node.inputs;
  g.write('Mul', [x, new Formula(g).normal(x)], node.outputs);
  return true;
};

/** `x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))`. */
const openTanhGelu: Opener = (g, node) => {
  const f = new Formula(g);
  const [x = ''] = node.inputs;
  const bent = f.op('Mul', x, f.op('Add', f.op('Mul', f.op('Mul', x, x), 0.044715), 1));
  const share = f.op('Add', f.op('Tanh', f.op('Mul', bent, Math.sqrt(2 / Math.PI))), 1);
  g.write('Mul', [f.op('Mul', x, 0.5), share], node.outputs);
  return true;
};

const openGelu: Opener = (g, node, rewriter) => {
  const approximate = node.attributes.get('approximate');
  const isTanh = approximate?.kind === 'string' && approximate.value === 'tanh';
  return (isTanh ? openTanhGelu : openExactGelu)(g, node, rewriter);
};

export const activationOpeners: Readonly<Record<string, Opener>> = { Erf: openErf, Gelu: openGelu };
