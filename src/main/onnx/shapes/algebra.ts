/** Arithmetic on dimensions: whole numbers, and polynomials in named dimensions written in one canonical way. */

import type { Dimension } from '../graph.js';

/** Coefficients by monomial; a monomial is its sorted symbols joined by {@link joint}, the constant term the empty one. */
type Polynomial = ReadonlyMap<string, number>;

const joint = '\u0000';
/** What gets longer than this is no shape arithmetic that anyone wrote on purpose: it becomes unknown. */
const longestName = 160;
const mostTerms = 12;

function monomial(symbols: readonly string[]): string {
  return [...symbols].sort().join(joint);
}

function symbolsOf(key: string): string[] {
  return key === '' ? [] : key.split(joint);
}

function text(polynomial: Polynomial): string {
  const keys = [...polynomial.keys()].sort((a, b) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1));
  return keys
    .map((key, index) => {
      const coefficient = polynomial.get(key) ?? 0;
      const size = Math.abs(coefficient);
      const product = [...(size === 1 && key !== '' ? [] : [String(size)]), ...symbolsOf(key)].join('*');
      const sign = coefficient < 0 ? '-' : '+';
      return index === 0 ? (coefficient < 0 ? `-${product}` : product) : ` ${sign} ${product}`;
    })
    .join('');
}

function grouped(dimension: number | string): string {
  const name = String(dimension);
  return name.includes(' ') ? `(${name})` : name;
}

/** `symbols` without those of `divisor`, or null when one is missing. */
function without(symbols: readonly string[], divisor: readonly string[]): string[] | null {
  const rest = [...symbols];
  for (const symbol of divisor) {
    const at = rest.indexOf(symbol);
    if (at < 0) return null;
    rest.splice(at, 1);
  }
  return rest;
}

/** Knows the polynomials behind the names that its results were given; any other name is a symbol of its own. */
export class DimensionAlgebra {
  readonly #polynomials = new Map<string, Polynomial>();
  readonly #quotients = new Map<string, readonly [Dimension, Dimension]>();

  #read(dimension: number | string): Polynomial {
    if (typeof dimension === 'number') return new Map(dimension === 0 ? [] : [['', dimension]]);
    return this.#polynomials.get(dimension) ?? new Map([[dimension, 1]]);
  }

  #name(polynomial: Polynomial): Dimension {
    const terms = new Map([...polynomial].filter(([, coefficient]) => coefficient !== 0));
    if (![...terms.values()].every(Number.isSafeInteger)) return null;
    if (terms.size === 0) return 0;
    const constant = terms.get('');
    if (terms.size === 1 && constant !== undefined) return constant;
    if (terms.size > mostTerms) return null;
    const name = text(terms);
    if (name.length > longestName) return null;
    if (!(terms.size === 1 && terms.get(name) === 1)) this.#polynomials.set(name, terms);
    return name;
  }

  add(a: Dimension, b: Dimension): Dimension {
    if (a === null || b === null) return null;
    const sum = new Map(this.#read(a));
    for (const [key, coefficient] of this.#read(b)) sum.set(key, (sum.get(key) ?? 0) + coefficient);
    return this.#name(sum);
  }

  subtract(a: Dimension, b: Dimension): Dimension {
    return this.add(a, this.multiply(b, -1));
  }

  multiply(a: Dimension, b: Dimension): Dimension {
    if (a === 0 || b === 0) return 0;
    if (a === null || b === null) return null;
    const [left, right] = [this.#read(a), this.#read(b)];
    if (left.size * right.size > mostTerms * 2) return null;
    const product = new Map<string, number>();
    for (const [first, x] of left) {
      for (const [second, y] of right) {
        const key = monomial([...symbolsOf(first), ...symbolsOf(second)]);
        product.set(key, (product.get(key) ?? 0) + x * y);
      }
    }
    return this.#name(product);
  }

  product(dims: readonly Dimension[]): Dimension {
    return dims.reduce<Dimension>((product, dim) => this.multiply(product, dim), 1);
  }

  /** `a / b` when it is a whole polynomial, else null. */
  #exact(a: Dimension, b: Dimension): Dimension {
    if (a === null || b === null || b === 0) return null;
    if (a === b) return 1;
    const divisor = [...this.#read(b)];
    const [term] = divisor;
    if (divisor.length !== 1 || term === undefined) return null;
    const quotient = new Map<string, number>();
    for (const [key, coefficient] of this.#read(a)) {
      const rest = without(symbolsOf(key), symbolsOf(term[0]));
      if (rest === null || coefficient % term[1] !== 0) return null;
      quotient.set(monomial(rest), coefficient / term[1]);
    }
    return this.#name(quotient);
  }

  /** `a / b` rounded down; a symbol of its own when it is no polynomial. */
  divide(a: Dimension, b: Dimension): Dimension {
    if (a === null || b === null || b === 0) return null;
    if (typeof a === 'number' && typeof b === 'number') return Math.floor(a / b);
    const exact = this.#exact(a, b);
    if (exact !== null) return exact;
    const name = `floor(${grouped(a)} / ${grouped(b)})`;
    if (name.length > longestName) return null;
    this.#quotients.set(name, [a, b]);
    return name;
  }

  /** The product of `numerator` over that of `denominator` when it is whole, else null: what -1 stands for in Reshape. */
  ratio(numerator: readonly Dimension[], denominator: readonly Dimension[]): Dimension {
    const above = [...numerator];
    const below: Dimension[] = [];
    for (const dim of denominator) {
      const at = dim === null ? -1 : above.indexOf(dim);
      if (at < 0) below.push(dim);
      else above.splice(at, 1);
    }
    return this.#exact(this.product(above), this.product(below));
  }

  /** The coefficient and the symbols of a product of symbols; null when `dimension` is a sum or unknown. */
  factors(dimension: Dimension): { readonly coefficient: number; readonly symbols: readonly string[] } | null {
    if (dimension === null) return null;
    const terms = [...this.#read(dimension)];
    const [term] = terms;
    if (term === undefined) return { coefficient: 0, symbols: [] };
    if (terms.length === 1) return { coefficient: term[1], symbols: symbolsOf(term[0]) };
    return typeof dimension === 'string' ? { coefficient: 1, symbols: [dimension] } : null;
  }

  /** The terms of a dimension, each a coefficient and symbols. */
  terms(dimension: number | string): readonly { readonly coefficient: number; readonly symbols: readonly string[] }[] {
    return [...this.#read(dimension)].map(([key, coefficient]) => ({ coefficient, symbols: symbolsOf(key) }));
  }

  /** Numerator and denominator of a symbol that {@link divide} made. */
  quotient(symbol: string): readonly [Dimension, Dimension] | undefined {
    return this.#quotients.get(symbol);
  }

  /** The value of a dimension when its symbols have the given values; null when one is unknown. */
  evaluate(dimension: Dimension, values: ReadonlyMap<string, number>): number | null {
    if (dimension === null || typeof dimension === 'number') return dimension;
    let sum = 0;
    for (const { coefficient, symbols } of this.terms(dimension)) {
      let product = coefficient;
      for (const symbol of symbols) {
        const value = this.#symbolValue(symbol, values);
        if (value === null) return null;
        product *= value;
      }
      sum += product;
    }
    return sum;
  }

  #symbolValue(symbol: string, values: ReadonlyMap<string, number>): number | null {
    const quotient = this.#quotients.get(symbol);
    if (quotient === undefined) return values.get(symbol) ?? null;
    const [above, below] = [this.evaluate(quotient[0], values), this.evaluate(quotient[1], values)];
    return above === null || below === null || below === 0 ? null : Math.floor(above / below);
  }
}
