/** Reads arithmetic on one or two values of a graph as a polynomial with numbers as coefficients. */

import type { Node } from '../graph.js';
import { isOp, scalar } from './patterns.js';
import type { Rewriter } from './rewrite.js';

/** Coefficients by powers: `i,j` stands for `x^i t^j`. Coefficients of 0 are left out. */
export type Polynomial = ReadonlyMap<string, number>;

/** Highest power that is followed. */
const highest = 4;
/** Most operators between a value and x. */
const deepest = 10;

function powersOf(key: string): readonly [number, number] {
  const [i = '0', j = '0'] = key.split(',');
  return [Number(i), Number(j)];
}

function without0(polynomial: ReadonlyMap<string, number>): Polynomial {
  return new Map([...polynomial].filter(([, coefficient]) => coefficient !== 0));
}

function sum(a: Polynomial, b: Polynomial, sign: 1 | -1): Polynomial {
  const total = new Map(a);
  for (const [key, coefficient] of b) total.set(key, (total.get(key) ?? 0) + sign * coefficient);
  return without0(total);
}

function product(a: Polynomial, b: Polynomial): Polynomial | undefined {
  const total = new Map<string, number>();
  for (const [left, p] of a) {
    for (const [right, q] of b) {
      const [[i, j], [k, l]] = [powersOf(left), powersOf(right)];
      if (i + k > highest || j + l > highest) return undefined;
      const key = `${String(i + k)},${String(j + l)}`;
      total.set(key, (total.get(key) ?? 0) + p * q);
    }
  }
  return without0(total);
}

function constant(value: number): Polynomial {
  return without0(new Map([['0,0', value]]));
}

/** Reads polynomials of the value `x` and, when it is given, the value `t`. */
export class PolynomialReader {
  /** The nodes that the polynomials read so far are made of, casts included. */
  readonly nodes = new Set<Node>();
  readonly #rewriter: Rewriter;
  readonly #x: string;
  readonly #t: string | null;
  readonly #known = new Map<string, Polynomial | undefined>();

  constructor(rewriter: Rewriter, x: string, t: string | null) {
    this.#rewriter = rewriter;
    this.#x = x;
    this.#t = t;
  }

  /** Forgets what was read. */
  reset(): void {
    this.nodes.clear();
    this.#known.clear();
  }

  /** `value` as a polynomial; undefined when it is computed from anything else, or by other operators. */
  read(value: string, depth = 0): Polynomial | undefined {
    if (value === this.#x) return new Map([['1,0', 1]]);
    if (value === this.#t) return new Map([['0,1', 1]]);
    if (this.#known.has(value)) return this.#known.get(value);
    const number = scalar(this.#rewriter, value);
    if (number !== undefined) return constant(number);
    const node = this.#rewriter.index.producer(value);
    if (depth > deepest || node?.domain !== '') return undefined;
    const found = this.#readNode(node, depth + 1);
    if (found) this.nodes.add(node);
    this.#known.set(value, found);
    return found;
  }

  #readNode(node: Node, depth: number): Polynomial | undefined {
    const [a = '', b = ''] = node.inputs;
    if (isOp(node, 'Cast', 'Identity')) return this.read(a, depth);
    if (isOp(node, 'Neg')) return this.#scaled(a, -1, depth);
    if (isOp(node, 'Div')) {
      const divisor = scalar(this.#rewriter, b);
      return divisor === undefined || divisor === 0 ? undefined : this.#scaled(a, 1 / divisor, depth);
    }
    if (isOp(node, 'Pow')) return this.#power(a, scalar(this.#rewriter, b), depth);
    if (!isOp(node, 'Add', 'Sub', 'Mul')) return undefined;
    const left = this.read(a, depth);
    const right = left && this.read(b, depth);
    if (!left || !right) return undefined;
    return node.op === 'Mul' ? product(left, right) : sum(left, right, node.op === 'Add' ? 1 : -1);
  }

  #scaled(value: string, factor: number, depth: number): Polynomial | undefined {
    const read = this.read(value, depth);
    return read && product(read, constant(factor));
  }

  #power(value: string, exponent: number | undefined, depth: number): Polynomial | undefined {
    const base = this.read(value, depth);
    if (!base || (exponent !== 2 && exponent !== 3)) return undefined;
    const square = product(base, base);
    return exponent === 2 || !square ? square : product(square, base);
  }
}
