/** Erf and Gelu in operators that the runtime has in double precision. */

import type { Tensor } from '../tensor.js';
import { type Fragment, type Opener } from './rewrite.js';
import { erfcCoefficients } from './to-float64-erfc.js';

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

  /** A Chebyshev series at `2 t - 1` by Clenshaw's recurrence. */
  series(coefficients: readonly number[], t: string): string {
    const twice = this.op('Sub', this.op('Mul', t, 4), 2);
    let before: string | number = 0;
    let last: string | number = 0;
    for (const coefficient of coefficients.slice(1).toReversed()) {
      const next: string = this.op('Add', this.op('Sub', this.op('Mul', twice, last), before), coefficient);
      before = last;
      last = next;
    }
    const half = this.op('Add', this.op('Mul', twice, last), coefficients[0] ?? 0);
    return this.op('Sub', this.op('Mul', half, 0.5), before);
  }

  /** erfc of `z >= 0`. */
  erfc(z: string): string {
    const t = this.op('Div', 2, this.op('Add', z, 2));
    const exponent = this.op('Sub', this.series(erfcCoefficients(), t), this.op('Mul', z, z));
    return this.op('Mul', t, this.op('Exp', exponent));
  }
}

const openErf: Opener = (g, node) => {
  const f = new Formula(g);
  const [x = ''] = node.inputs;
  const rest = f.op('Sub', 1, f.erfc(f.op('Abs', x)));
  g.write('Mul', [f.op('Sign', x), rest], node.outputs);
  return true;
};

/** `x Phi(x)`, the tail of the distribution taken from the side of `x`, so that it keeps its digits. */
const openExactGelu: Opener = (g, node) => {
  const f = new Formula(g);
  const [x = ''] = node.inputs;
  const tail = f.op('Mul', f.erfc(f.op('Mul', f.op('Abs', x), Math.SQRT1_2)), 0.5);
  const share = f.op('Where', f.op('Less', x, 0), tail, f.op('Sub', 1, tail));
  g.write('Mul', [x, share], node.outputs);
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
