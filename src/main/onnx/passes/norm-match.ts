/** The patterns of operators that layer and RMS normalisation are written out as. */

import { type Node, floatAttribute, intAttribute, intsAttribute } from '../graph.js';
import { elementsOf } from '../shapes/elements.js';
import { elementCount } from '../tensor.js';
import { integers, isLastAxis, isOp, operandOrders, scalar, seenThrough } from './patterns.js';
import { type Rewriter, widest } from './rewrite.js';

/** A normalisation over the last dimension. */
export interface WrittenNorm {
  /** `layer` removes the mean. */
  readonly kind: 'layer' | 'rms';
  /** What is normalised. */
  readonly x: string;
  readonly epsilon: number;
  /** A constant that is multiplied in; null for none. */
  readonly scale: string | null;
  readonly shift: string | null;
}

/** Matches one normalisation; `nodes` collects everything it is made of, casts and constants included. */
export class NormMatch {
  readonly #rewriter: Rewriter;
  readonly nodes: Set<Node>;

  constructor(rewriter: Rewriter, nodes = new Set<Node>()) {
    this.#rewriter = rewriter;
    this.nodes = nodes;
  }

  #producer(value: string): Node | undefined {
    return this.#rewriter.index.producer(seenThrough(this.#rewriter, value, this.nodes));
  }

  /** The result of `match`, whose nodes are kept only if it is one. */
  #attempt<T>(match: (attempt: NormMatch) => T | undefined): T | undefined {
    const attempt = new NormMatch(this.#rewriter, new Set(this.nodes));
    const result = match(attempt);
    if (result !== undefined) for (const node of attempt.nodes) this.nodes.add(node);
    return result;
  }

  #first<T>(node: Node, match: (attempt: NormMatch, a: string, b: string) => T | undefined): T | undefined {
    for (const [a, b] of operandOrders(node)) {
      const result = this.#attempt((attempt) => match(attempt, a, b));
      if (result !== undefined) return result;
    }
    return undefined;
  }

  #same(a: string, b: string): boolean {
    return a === b || seenThrough(this.#rewriter, a, this.nodes) === seenThrough(this.#rewriter, b, this.nodes);
  }

  /** x of `mean(x)` over the last dimension, which stays as 1. */
  #mean(value: string): string | undefined {
    const node = this.#producer(value);
    const [x] = node?.inputs ?? [];
    if (!isOp(node, 'ReduceMean') || x === undefined || intAttribute(node, 'keepdims', 1) !== 1) return undefined;
    const axes = intsAttribute(node, 'axes') ?? integers(this.#rewriter, node.inputs[1]);
    if (!isLastAxis(this.#rewriter, x, axes)) return undefined;
    this.nodes.add(node);
    return x;
  }

  /** x of `x - mean(x)`. */
  #centred(value: string): string | undefined {
    const node = this.#producer(value);
    const [x, mean] = node?.inputs ?? [];
    if (!isOp(node, 'Sub') || x === undefined || mean === undefined) return undefined;
    const of = this.#mean(mean);
    if (of === undefined || !this.#same(of, x)) return undefined;
    this.nodes.add(node);
    return x;
  }

  /** u of `u * u` in any way of writing it; of two different operands that are equal, both. */
  #square(value: string): readonly [string, string] | undefined {
    const node = this.#producer(value);
    const [a, b] = node?.inputs ?? [];
    if (a === undefined || b === undefined) return undefined;
    if (isOp(node, 'Mul')) {
      this.nodes.add(node);
      return [a, b];
    }
    if (!isOp(node, 'Pow') || scalar(this.#rewriter, b) !== 2) return undefined;
    this.nodes.add(node);
    return [a, a];
  }

  /** The mean square: `layer` of the centred x, that is the variance, or `rms` of x itself. */
  #power(value: string): Pick<WrittenNorm, 'kind' | 'x'> | undefined {
    return this.#attempt((match) => match.#meanSquare(value)) ?? this.#attempt((match) => match.#momentVariance(value));
  }

  #meanSquare(value: string): Pick<WrittenNorm, 'kind' | 'x'> | undefined {
    const squares = this.#mean(value);
    const operands = squares === undefined ? undefined : this.#square(squares);
    if (operands === undefined) return undefined;
    const [a, b] = operands;
    const [x, other] = [this.#attempt((match) => match.#centred(a)), this.#attempt((match) => match.#centred(b))];
    if (x !== undefined && other !== undefined) return this.#same(x, other) ? { kind: 'layer', x } : undefined;
    return this.#same(a, b) ? { kind: 'rms', x: a } : undefined;
  }

  /** `mean(x x) - mean(x) mean(x)`, not below 0 where that is ensured. */
  #momentVariance(value: string): Pick<WrittenNorm, 'kind' | 'x'> | undefined {
    const node = this.#producer(this.#unclamped(value));
    if (!isOp(node, 'Sub')) return undefined;
    this.nodes.add(node);
    const [moment = '', mean = ''] = node.inputs;
    const squares = this.#mean(moment);
    const [a = '', b = ''] = (squares === undefined ? undefined : this.#square(squares)) ?? [];
    const [m = '', n = ''] = this.#square(mean) ?? [];
    const [x, y] = [this.#mean(m), this.#mean(n)];
    if (x === undefined || y === undefined) return undefined;
    return [a, b, y].every((other) => this.#same(other, x)) ? { kind: 'layer', x } : undefined;
  }

  /** v of `max(v, 0)`; any other value itself. */
  #unclamped(value: string): string {
    const node = this.#producer(value);
    if (!isOp(node, 'Max', 'Relu')) return value;
    const others = node.inputs.filter((input) => scalar(this.#rewriter, input) !== 0);
    const [only] = others;
    if (only === undefined || others.length > 1 || (node.op === 'Max' && node.inputs.length !== 2)) return value;
    this.nodes.add(node);
    return only;
  }

  /** `power + epsilon`. */
  #guarded(value: string): Pick<WrittenNorm, 'kind' | 'x' | 'epsilon'> | undefined {
    const node = this.#producer(value);
    if (!isOp(node, 'Add')) return undefined;
    return this.#first(node, (match, a, b) => {
      const epsilon = scalar(this.#rewriter, b);
      const power = epsilon === undefined || epsilon < 0 ? undefined : match.#power(a);
      if (epsilon === undefined || power === undefined) return undefined;
      match.nodes.add(node);
      return { ...power, epsilon };
    });
  }

  /** `(power + epsilon) ^ exponent` for an exponent of 0.5 or -0.5. */
  #root(value: string, exponent: 0.5 | -0.5): Pick<WrittenNorm, 'kind' | 'x' | 'epsilon'> | undefined {
    const node = this.#producer(value);
    const [base, power] = node?.inputs ?? [];
    if (node === undefined || base === undefined) return undefined;
    this.nodes.add(node);
    if (isOp(node, 'Pow')) return scalar(this.#rewriter, power) === exponent ? this.#guarded(base) : undefined;
    if (exponent === 0.5) return isOp(node, 'Sqrt') ? this.#guarded(base) : undefined;
    if (isOp(node, 'Reciprocal')) return this.#root(base, 0.5);
    return isOp(node, 'Div') && scalar(this.#rewriter, base) === 1 && power !== undefined
      ? this.#root(power, 0.5)
      : undefined;
  }

  /** The reciprocal root, possibly times a constant scale. */
  #factor(value: string): WrittenNorm | undefined {
    const root = this.#attempt((match) => match.#root(value, -0.5));
    if (root) return { ...root, scale: null, shift: null };
    const node = this.#producer(value);
    if (!isOp(node, 'Mul')) return undefined;
    return this.#first(node, (match, a, b) => {
      const scaled = this.#rewriter.index.isConstant(b) ? match.#root(a, -0.5) : undefined;
      if (!scaled) return undefined;
      match.nodes.add(node);
      return { ...scaled, scale: b, shift: null };
    });
  }

  /** Whether `value` is what a factor of `found` belongs to: x, centred for a layer norm. */
  #isNumerator(value: string, found: Pick<WrittenNorm, 'kind' | 'x'>): boolean {
    if (found.kind === 'rms') return this.#same(value, found.x);
    const x = this.#centred(value);
    return x !== undefined && this.#same(x, found.x);
  }

  /** `numerator * factor`, or `numerator / root`. */
  #normalised(node: Node): WrittenNorm | undefined {
    const [a = '', b = ''] = node.inputs;
    if (isOp(node, 'Div')) {
      return this.#attempt((match) => {
        match.nodes.add(node);
        const root = match.#root(b, 0.5);
        return root && match.#isNumerator(a, root) ? { ...root, scale: null, shift: null } : undefined;
      });
    }
    if (!isOp(node, 'Mul')) return undefined;
    return this.#first(node, (match, numerator, factor) => {
      match.nodes.add(node);
      const found = match.#factor(factor);
      return found && match.#isNumerator(numerator, found) ? found : undefined;
    });
  }

  /** `normalised * scale`, where the scale is not in the factor already. */
  #scaled(node: Node): WrittenNorm | undefined {
    if (!isOp(node, 'Mul')) return undefined;
    return this.#first(node, (match, a, scale) => {
      if (!this.#rewriter.index.isConstant(scale)) return undefined;
      const inner = match.#producer(a);
      const found = inner && (match.#normalised(inner) ?? match.#instance(inner));
      if (found?.scale !== null) return undefined;
      match.nodes.add(node);
      return { ...found, scale };
    });
  }

  /** InstanceNormalization over `[B, S, D]` with ones and zeros, which normalises every token. */
  #instance(node: Node): WrittenNorm | undefined {
    const [x = '', ones = '', zeros = ''] = node.inputs;
    if (!isOp(node, 'InstanceNormalization') || !this.#isFilled(ones, 1) || !this.#isFilled(zeros, 0)) return undefined;
    if (this.#rewriter.dims(x)?.length !== 3) return undefined;
    this.nodes.add(node);
    return { kind: 'layer', x, epsilon: floatAttribute(node, 'epsilon', 1e-5), scale: null, shift: null };
  }

  /** Whether every element of a value is `number`. */
  #isFilled(value: string, number: number): boolean {
    const node = this.#rewriter.index.producer(value);
    if (isOp(node, 'ConstantOfShape')) {
      const fill = node.attributes.get('value');
      const element = fill?.kind === 'tensor' ? elementsOf(fill.value)?.[0] : 0;
      return element === number;
    }
    const tensor = this.#rewriter.index.tensor(value);
    if (!tensor || elementCount(tensor.dims) > widest) return false;
    return elementsOf(tensor)?.every((element) => element === number) === true;
  }

  /** `x factor + (shift - mean(x) factor)`, as TensorFlow writes it; the second part also without shift. */
  #spread(node: Node): WrittenNorm | undefined {
    if (!isOp(node, 'Add', 'Sub')) return undefined;
    const orders = node.op === 'Sub' ? [[node.inputs[0] ?? '', node.inputs[1] ?? ''] as const] : operandOrders(node);
    for (const [a, b] of orders) {
      const found = this.#attempt((match) => {
        match.nodes.add(node);
        const product = match.#producer(a);
        const offset = node.op === 'Sub' ? { shift: null, product: b } : match.#offset(b);
        if (!isOp(product, 'Mul') || !offset) return undefined;
        match.nodes.add(product);
        return match.#first(product, (inner, x, factor) => inner.#spreadFactor(x, factor, offset));
      });
      if (found) return found;
    }
    return undefined;
  }

  /** `shift - product` or `-product`. */
  #offset(value: string): { readonly shift: string | null; readonly product: string } | undefined {
    const node = this.#producer(value);
    const [a = '', b = ''] = node?.inputs ?? [];
    if (isOp(node, 'Neg')) {
      this.nodes.add(node);
      return { shift: null, product: a };
    }
    if (!isOp(node, 'Sub') || !this.#rewriter.index.isConstant(a)) return undefined;
    this.nodes.add(node);
    return { shift: a, product: b };
  }

  #spreadFactor(
    x: string,
    factor: string,
    offset: { readonly shift: string | null; readonly product: string },
  ): WrittenNorm | undefined {
    const found = this.#factor(factor);
    const product = this.#producer(offset.product);
    if (found?.kind !== 'layer' || !this.#same(found.x, x) || !isOp(product, 'Mul')) return undefined;
    this.nodes.add(product);
    return this.#first(product, (match, mean, other) => {
      const of = match.#same(other, factor) ? match.#mean(mean) : undefined;
      return of !== undefined && match.#same(of, x) ? { ...found, shift: offset.shift } : undefined;
    });
  }

  /** `(normalised [* scale]) + shift`. */
  #shifted(node: Node): WrittenNorm | undefined {
    if (!isOp(node, 'Add')) return undefined;
    return this.#first(node, (match, a, shift) => {
      if (!this.#rewriter.index.isConstant(shift)) return undefined;
      const inner = match.#producer(a);
      const found = inner && match.#unshifted(inner);
      // An RMS norm has no shift: an addition behind it stays an addition.
      if (found?.kind !== 'layer' || found.shift !== null) return undefined;
      match.nodes.add(node);
      return { ...found, shift };
    });
  }

  #unshifted(node: Node): WrittenNorm | undefined {
    return this.#scaled(node) ?? this.#normalised(node) ?? this.#instance(node) ?? this.#spread(node);
  }

  /** The normalisation that ends in `node`. */
  match(node: Node): WrittenNorm | undefined {
    return this.#shifted(node) ?? this.#unshifted(node);
  }
}
