/** Moves LayerScale into the linear layer in front of it. */

import type { Model, Node } from '../graph.js';
import { linearOf, vectorSize } from './linear-match.js';
import { isOp, operandOrders } from './patterns.js';
import { Rewriter } from './rewrite.js';

function fuseScale(rewriter: Rewriter, node: Node): void {
  for (const [value, scale] of operandOrders(node)) {
    const linear = linearOf(rewriter, value);
    if (!linear || vectorSize(rewriter, scale) !== linear.width) continue;
    const group = new Set([node, ...linear.nodes]);
    if (!rewriter.isPrivate(value) || !rewriter.isClosed(group, node.outputs)) continue;
    rewriter.replace(group, node, (g) => {
      const weight = g.op('scaled_weight', 'Mul', [linear.weight, scale]);
      const { bias } = linear;
      if (bias === null) {
        g.write('MatMul', [linear.x, weight], node.outputs);
      } else {
        const product = g.op('product', 'MatMul', [linear.x, weight]);
        g.write('Add', [product, g.op('scaled_bias', 'Mul', [bias, scale])], node.outputs);
      }
      return true;
    });
    return;
  }
}

/**
 * `(x W + b) s` with a constant vector s as `x (W s) + b s` (LayerScale: Touvron et al. 2021, section 2). The scaled
 * weights are constant expressions that the runtime evaluates when it loads the model.
 */
export function fuseScales(model: Model): Model {
  const rewriter = new Rewriter(model);
  for (const node of model.graph.nodes) if (isOp(node, 'Mul')) fuseScale(rewriter, node);
  return rewriter.result();
}
