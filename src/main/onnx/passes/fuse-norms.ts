/** Recognises layer and RMS normalisation written out in plain operators. */

import type { Model, Node } from '../graph.js';
import { NormMatch, type WrittenNorm } from './norm-match.js';
import { seenThrough } from './patterns.js';
import { type Fragment, Rewriter, widest } from './rewrite.js';

/** Whether a constant can be scale or shift: the last dimension of x, or one number. */
function isVector(rewriter: Rewriter, constant: string | null, x: string): boolean {
  if (constant === null) return true;
  const dims = rewriter.dims(constant);
  if (dims?.slice(0, -1).every((dim) => dim === 1) !== true) return false;
  const [width, own] = [rewriter.dims(x)?.at(-1), dims.at(-1) ?? 1];
  return own === width || own === 1 || width === undefined || width === null || typeof width === 'string';
}

/** D from x or, where that is dynamic, from the scale or shift. */
function widthOf(rewriter: Rewriter, found: WrittenNorm): number | undefined {
  const widths = [found.x, found.scale, found.shift].map((value) =>
    value === null ? null : rewriter.dims(value)?.at(-1),
  );
  return (
    widths.find((width): width is number => typeof width === 'number' && width > 1) ??
    widths.find((width) => width === 1)
  );
}

/** Whether x can be read where the casts of the pattern are gone: it has the type of the result and of the constants. */
function typedInput(
  rewriter: Rewriter,
  found: WrittenNorm,
  nodes: ReadonlySet<Node>,
  output: string,
): string | undefined {
  const constants = [found.scale, found.shift].filter((value) => value !== null);
  const casts = [...nodes].some((node) => node.op === 'Cast');
  if (!casts) return found.x;
  const type = rewriter.type(output);
  if (type === undefined || !constants.every((constant) => rewriter.type(constant) === type)) return undefined;
  return [found.x, seenThrough(rewriter, found.x)].find((candidate) => rewriter.type(candidate) === type);
}

/** A constant that is `[width]`, one number, or `[width]` behind dimensions of 1, as `[width]`. */
function writeVector(g: Fragment, rewriter: Rewriter, hint: string, value: string, width: number): string {
  const dims = rewriter.dims(value);
  if (dims?.length === 1 && dims[0] === width) return value;
  const shape = g.ints(`${hint}_shape`, width);
  const spread = dims?.at(-1) === width ? value : g.op(`${hint}_spread`, 'Expand', [value, shape]);
  return g.op(hint, 'Reshape', [spread, shape]);
}

/** A scale of ones in the type of `like`. */
function writeOnes(g: Fragment, rewriter: Rewriter, like: string, width: number): string {
  const ones = g.constant('scale', rewriter.filled(1, width));
  return rewriter.type(like) === 'float32' ? ones : g.op('scale_like', 'CastLike', [ones, like]);
}

function fuseOne(rewriter: Rewriter, root: Node): void {
  const [output] = root.outputs;
  const match = new NormMatch(rewriter);
  const found = output === undefined ? undefined : match.match(root);
  if (output === undefined || !found) return;
  const x = typedInput(rewriter, found, match.nodes, output);
  const width = widthOf(rewriter, found);
  if (x === undefined || width === undefined || width > widest) return;
  if (!isVector(rewriter, found.scale, found.x) || !isVector(rewriter, found.shift, found.x)) return;
  const group = withoutShared(rewriter, match.nodes, found.x);
  if (!rewriter.isClosed(group, [output])) return;
  rewriter.replace(group, root, (g) => {
    const { scale, shift } = found;
    const attributes = { axis: -1, epsilon: { float: found.epsilon } };
    const inputs = [
      x,
      scale === null ? writeOnes(g, rewriter, x, width) : writeVector(g, rewriter, 'scale', scale, width),
    ];
    if (shift !== null) inputs.push(writeVector(g, rewriter, 'shift', shift, width));
    g.write(found.kind === 'rms' ? 'SimplifiedLayerNormalization' : 'LayerNormalization', inputs, [output], attributes);
    return true;
  });
}

/** The nodes of a match without constants and without the casts that bring x there: others may read those. */
function withoutShared(rewriter: Rewriter, nodes: ReadonlySet<Node>, x: string): Set<Node> {
  const kept = new Set<Node>();
  seenThrough(rewriter, x, kept);
  const isConstant = (node: Node): boolean => node.outputs.every((name) => rewriter.index.isConstant(name));
  return new Set([...nodes].filter((node) => !kept.has(node) && !isConstant(node)));
}

/**
 * Written-out normalisations over the last dimension as one operator each: `LayerNormalization`, or for RMS norms
 * `SimplifiedLayerNormalization` of the standard domain, which the runtime has in every operator set. Recognised are
 * differences from the mean squared by Pow or Mul, variances from two moments, roots by Sqrt, Reciprocal, Pow or a
 * division, scales before or after the root (also TensorFlow's `x f + (shift - mean f)`), InstanceNormalization over
 * tokens, and casts in between. A value in the middle that something else reads keeps the pattern as it is.
 *
 * Needs operator set 17 or newer; older models come back unchanged.
 */
export function fuseNorms(model: Model): Model {
  if ((model.opsets.get('') ?? 0) < 17) return model;
  const rewriter = new Rewriter(model);
  const ends = new Set(['Add', 'Sub', 'Mul', 'Div', 'InstanceNormalization']);
  // From the end: the longest form of a pattern is met before its parts.
  for (const node of [...model.graph.nodes].reverse())
    if (node.domain === '' && ends.has(node.op)) fuseOne(rewriter, node);
  return rewriter.result();
}
