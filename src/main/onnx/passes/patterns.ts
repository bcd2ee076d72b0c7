/** What patterns of operators are matched with: scalars, operands in either order, and values seen through casts. */

import { type Node, intAttribute } from '../graph.js';
import { elementsOf } from '../shapes/elements.js';
import { elementCount } from '../tensor.js';
import type { Rewriter } from './rewrite.js';

/** Whether a node is one of the standard operators `ops`. */
export function isOp(node: Node, ...ops: readonly string[]): boolean;
export function isOp(node: Node | undefined, ...ops: readonly string[]): node is Node;
export function isOp(node: Node | undefined, ...ops: readonly string[]): boolean {
  return node?.domain === '' && ops.includes(node.op);
}

/** Operators that hand a floating-point value on, rounded at most. */
const transparent = ['Cast', 'Identity'] as const;

/** Most casts and identities in a row that are seen through. */
const farthest = 16;

/** The value behind casts and identities; the nodes passed are added to `passed`. */
export function seenThrough(rewriter: Rewriter, value: string, passed?: Set<Node>): string {
  let name = value;
  // A broken file may go in circles.
  for (let step = 0; step < farthest; step += 1) {
    const node = rewriter.index.producer(name);
    const [input] = node?.inputs ?? [];
    if (!isOp(node, ...transparent) || input === undefined) break;
    passed?.add(node);
    name = input;
  }
  return name;
}

/** The value of a constant with one element, whatever its rank and type, also behind casts; undefined for anything else. */
export function scalar(rewriter: Rewriter, value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const tensor = rewriter.index.tensor(value) ?? rewriter.index.tensor(seenThrough(rewriter, value));
  if (!tensor || elementCount(tensor.dims) !== 1 || tensor.dims.length > 4) return undefined;
  return elementsOf(tensor)?.[0];
}

/** Elements of a small constant of integers. */
export function integers(rewriter: Rewriter, value: string | undefined): readonly number[] | undefined {
  if (value === undefined || value === '') return undefined;
  const tensor = rewriter.index.tensor(value);
  if (tensor) return elementCount(tensor.dims) <= 16 ? elementsOf(tensor) : undefined;
  const known = rewriter.shapes.integers(value);
  return known?.every((element) => element !== null) ? known : undefined;
}

/** The two operands of a commutative node in both orders. */
export function operandOrders(node: Node): readonly (readonly [string, string])[] {
  const [a, b] = node.inputs;
  if (a === undefined || b === undefined) return [];
  return a === b
    ? [[a, b]]
    : [
        [a, b],
        [b, a],
      ];
}

/** Whether two numbers are equal up to what rounding to half precision does to a constant. */
export function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-3 * Math.abs(b);
}

/** Whether `axes` name the last dimension of `value` alone. A positive axis needs the rank to be known. */
export function isLastAxis(rewriter: Rewriter, value: string, axes: readonly number[] | undefined): boolean {
  const [axis] = axes ?? [];
  if (axes?.length !== 1 || axis === undefined) return false;
  if (axis < 0) return axis === -1;
  return rewriter.dims(value)?.length === axis + 1;
}

/** The axis attribute as {@link isLastAxis} takes it. */
export function axisOf(node: Node, fallback: number): readonly number[] {
  return [intAttribute(node, 'axis', fallback)];
}
