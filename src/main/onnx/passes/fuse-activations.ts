/** Recognises GELU, quick GELU and SiLU written out in plain operators. */

import type { Model, Node } from '../graph.js';
import { near, scalar, seenThrough } from './patterns.js';
import { type Polynomial, PolynomialReader } from './polynomial.js';
import { Rewriter, microsoft } from './rewrite.js';

/** An activation `f(x)` that consists of a function of a polynomial of x and a product with x. */
interface Activation {
  readonly x: string;
  readonly op: 'Gelu' | 'QuickGelu';
  /** Attributes of the operator. */
  readonly attributes: Readonly<Record<string, string | { readonly float: number }>>;
  /** The activation as a polynomial of x and t, the value of the inner function: coefficients by `x^i t^j`. */
  readonly outer: Polynomial;
}

/** √(2/π) and its product with 0.044715, of `tanh(√(2/π) (x + 0.044715 x³))` (Hendrycks and Gimpel 2016, section 2). */
const tanhFactor = Math.sqrt(2 / Math.PI);
const tanhCubic = 0.044_715 * tanhFactor;

const half: Polynomial = new Map([
  ['1,0', 0.5],
  ['1,1', 0.5],
]);
const mirrored: Polynomial = new Map([
  ['1,0', 0.5],
  ['1,1', -0.5],
]);
const product: Polynomial = new Map([['1,1', 1]]);

function isNear(found: Polynomial, wanted: Polynomial): boolean {
  return (
    found.size === wanted.size && [...wanted].every(([power, coefficient]) => near(found.get(power) ?? 0, coefficient))
  );
}

/** What `op(inner)` is the heart of, where `inner` is a polynomial of x; undefined for nothing known. */
function activationOf(op: string, x: string, inner: Polynomial): Activation | undefined {
  const linear = inner.get('1,0') ?? 0;
  if (op === 'Tanh') {
    const wanted = new Map([
      ['1,0', tanhFactor],
      ['3,0', tanhCubic],
    ]);
    return isNear(inner, wanted) ? { x, op: 'Gelu', attributes: { approximate: 'tanh' }, outer: half } : undefined;
  }
  if (inner.size !== 1 || linear === 0) return undefined;
  if (op === 'Sigmoid') {
    // A factor read from half precision or three decimals is taken as it is: it is what the model was trained with.
    return { x, op: 'QuickGelu', attributes: { alpha: { float: linear } }, outer: product };
  }
  if (!near(Math.abs(linear), Math.SQRT1_2)) return undefined;
  return { x, op: 'Gelu', attributes: {}, outer: linear > 0 ? half : mirrored };
}

/** How far the end of an activation may be from its inner function, in nodes, and how deep the inner polynomial goes. */
const reach = 6;

/** Values that the inner polynomial may be one of: everything it is computed from, the nearest first. */
function candidates(rewriter: Rewriter, inner: string): readonly string[] {
  const found = new Set([inner]);
  const arithmetic = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Neg', 'Cast', 'Identity']);
  let level = [inner];
  for (let depth = 0; depth < reach && found.size < 32; depth += 1) {
    const next: string[] = [];
    for (const value of level) {
      const node = rewriter.index.producer(value);
      if (node?.domain !== '' || !arithmetic.has(node.op)) continue;
      for (const input of node.inputs) {
        if (found.has(input) || scalar(rewriter, input) !== undefined) continue;
        found.add(input);
        next.push(input);
      }
    }
    level = next;
  }
  return [...found];
}

/** The node that completes an activation: the first from the inner function on whose value is the outer polynomial. */
function rootOf(rewriter: Rewriter, core: Node, reader: PolynomialReader, activation: Activation): Node | undefined {
  let [value = ''] = core.outputs;
  for (let step = 0; step < reach; step += 1) {
    const [next, ...more] = rewriter.index.consumers(value);
    if (next === undefined || more.length > 0 || rewriter.isOutput(value)) return undefined;
    const [output = ''] = next.outputs;
    reader.reset();
    const found = reader.read(output);
    if (found && isNear(found, activation.outer)) return next;
    value = output;
  }
  return undefined;
}

function fuseOne(rewriter: Rewriter, core: Node, x: string): boolean {
  const [inner = ''] = core.inputs;
  const [t = ''] = core.outputs;
  const innerReader = new PolynomialReader(rewriter, x, null);
  const polynomial = innerReader.read(inner);
  const activation = polynomial && activationOf(core.op, x, polynomial);
  if (!activation) return false;
  const outerReader = new PolynomialReader(rewriter, x, t);
  const root = rootOf(rewriter, core, outerReader, activation);
  const [output] = root?.outputs ?? [];
  if (!root || output === undefined) return false;
  const nodes = new Set([...innerReader.nodes, ...outerReader.nodes, core]);
  const group = withoutConstants(rewriter, nodes);
  const casts = [...group].some((node) => node.op === 'Cast');
  if (casts && (rewriter.type(x) === undefined || rewriter.type(x) !== rewriter.type(output))) return false;
  if (!rewriter.isClosed(group, [output])) return false;
  rewriter.replace(group, root, (g) => {
    const domain = activation.op === 'Gelu' ? '' : microsoft;
    g.write(activation.op, [x], [output], activation.attributes, domain);
    return true;
  });
  return true;
}

function withoutConstants(rewriter: Rewriter, nodes: ReadonlySet<Node>): Set<Node> {
  const isConstant = (node: Node): boolean => node.outputs.every((name) => rewriter.index.isConstant(name));
  return new Set([...nodes].filter((node) => !isConstant(node)));
}

/**
 * Written-out activations as one operator each: GELU by the error function as `Gelu`, its tanh form as `Gelu` with
 * `approximate` `tanh`, and `x sigmoid(alpha x)` as com.microsoft `QuickGelu` with its `alpha` (1.702: quick GELU,
 * 1: SiLU). Patterns are compared as polynomials of x and the inner function, so that the order of factors, the place of
 * constants and the side of operands do not matter; constants may be rounded to half precision. A value in the middle
 * that something else reads keeps the pattern as it is.
 *
 * Needs operator set 20 or newer; older models come back unchanged.
 */
export function fuseActivations(model: Model): Model {
  if ((model.opsets.get('') ?? 0) < 20) return model;
  const rewriter = new Rewriter(model);
  for (const node of model.graph.nodes) {
    const [inner] = node.inputs;
    if (node.domain !== '' || !['Erf', 'Tanh', 'Sigmoid'].includes(node.op) || inner === undefined) continue;
    const behindCasts = seenThrough(rewriter, inner);
    candidates(rewriter, behindCasts === inner ? inner : behindCasts).some((x) => fuseOne(rewriter, node, x));
  }
  return rewriter.result();
}
