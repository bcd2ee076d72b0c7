/** Runs the linear layers of a float32 graph on 8-bit integers, for processors with instructions for that. */

import type { Model, Node } from '../graph.js';
import { isOp } from './patterns.js';
import { type Fragment, Rewriter, microsoft } from './rewrite.js';

/** Codes lie in -127 to 127. */
const largestCode = 127;
const tiny = 1e-30;
const int8 = 3;

/** The weight `[K, N]` as codes and one scale a column, both constant expressions that the runtime evaluates at loading. */
function quantised(g: Fragment, weight: string): { readonly codes: string; readonly scales: string } {
  const sizes = g.op('sizes', 'Abs', [weight]);
  const most = g.op('most', 'ReduceMax', [sizes, g.ints('rows', 0)], { keepdims: 1 });
  const scale = g.op('scale', 'Div', [most, g.float('largest', largestCode)]);
  const safe = g.op('safe_scale', 'Max', [scale, g.float('tiny', tiny)]);
  const rounded = g.op('rounded', 'Round', [g.op('steps', 'Div', [weight, safe])]);
  return {
    codes: g.op('codes', 'Cast', [rounded], { to: int8 }),
    scales: g.op('scales', 'Reshape', [safe, g.ints('flat', -1)]),
  };
}

function isLinear(rewriter: Rewriter, node: Node): boolean {
  const [x = '', weight = ''] = node.inputs;
  if (!isOp(node, 'MatMul') || rewriter.index.isConstant(x) || !rewriter.index.isConstant(weight)) return false;
  return rewriter.type(weight) === 'float32' && rewriter.dims(weight)?.length === 2;
}

/**
 * Products with constant matrices as com.microsoft `DynamicQuantizeMatMul`: weights as 8-bit codes with one scale a column,
 * activations rounded to 256 steps of the range that they have in a run. Everything else stays float32. The result is an
 * approximation: what it is worth has to be measured on the model.
 */
export function toInt8(model: Model): Model {
  const rewriter = new Rewriter(model);
  for (const node of model.graph.nodes) {
    if (!isLinear(rewriter, node)) continue;
    const [x = '', weight = ''] = node.inputs;
    rewriter.replace([node], node, (g) => {
      const { codes, scales } = quantised(g, weight);
      g.write('DynamicQuantizeMatMul', [x, codes, scales], node.outputs, {}, microsoft);
      return true;
    });
  }
  return rewriter.result();
}
