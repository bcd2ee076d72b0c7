/** Lloyd's k-means as one ONNX Loop, with the start, the ties and the empty clusters of TIS's reference. */

import { GraphBuilder, type Value } from '../onnx/builder.js';

/** The published settings of fast_pytorch_kmeans. */
const iterations = 100;
const tolerance = 1e-4;

/** One assignment and update; sees `samples`, `squares` and `clusters` of the graph around it. */
function body(samples: Value, squares: Value, clusters: Value, features: number): GraphBuilder {
  const g = new GraphBuilder('kmeans_step', 'kmeans_');
  g.input('kmeans_iteration', 'int64', []);
  g.input('kmeans_go_on', 'bool', []);
  const centroids = g.input('kmeans_centroids', 'float32', ['k', features]);

  // 2 x.c - |x|^2 first and |c|^2 after, as the reference does: the order decides ties among far-away samples.
  const product = g.op('Gemm', [samples, centroids, squares], { alpha: { float: 2 }, beta: { float: -1 }, transB: 1 });
  const centroidSquares = g.reshape(g.reduceSum(g.mul(centroids, centroids), 1, false), 1, -1);
  // TopK, because its ties go to the lowest index by definition; ArgMax's do not in ONNX Runtime.
  const [, nearest] = g.ops('TopK', [g.sub(product, centroidSquares), g.ints(1)], { axis: 1 }, { outputs: 2 });

  // The sums as a product with the 0/1 assignment matrix: ScatterND's additions race when several threads run them.
  const member = g.cast(g.op('Equal', [nearest ?? clusters, clusters]), 'float32');
  const sums = g.op('Gemm', [member, samples], { transA: 1 });
  const counts = g.transpose(g.reduceSum(member, 0, true), 1, 0);
  // An empty cluster becomes the zero vector: its sum is zero already, so only 0/0 has to be avoided.
  const updated = g.div(sums, g.op('Max', [counts, g.float(1)]));

  const step = g.sub(updated, centroids);
  const error = g.op('ReduceSum', [g.mul(step, step)], { keepdims: 0 });
  g.output('kmeans_again', g.op('Greater', [error, g.float(tolerance)]), 'bool', []);
  g.output('kmeans_updated', updated, 'float32', ['k', features]);
  return g;
}

/**
 * Clusters the rows of `samples` `[S, features]`, starting from the rows named by `init` `[k]` (int64).
 * Euclidean, at most 100 iterations, until the squared change of all centroids is at most 1e-4.
 * @returns the centroids after the last update, `[k, features]`.
 */
export function kMeans(g: GraphBuilder, samples: Value, init: Value, features: number): Value {
  const squares = g.reduceSum(g.mul(samples, samples), 1, true);
  const count = g.op('Squeeze', [g.op('Shape', [init])]);
  const zero = g.constant({ type: 'int64', dims: [], bytes: new Uint8Array(8) });
  const one = g.constant({ type: 'int64', dims: [], bytes: new Uint8Array(BigInt64Array.of(1n).buffer) });
  const clusters = g.reshape(g.op('Range', [zero, count, one]), 1, -1);
  const start = g.gather(samples, init, 0);
  const goOn = g.constant({ type: 'bool', dims: [], bytes: Uint8Array.of(1) });
  const most = g.constant({
    type: 'int64',
    dims: [],
    bytes: new Uint8Array(BigInt64Array.of(BigInt(iterations)).buffer),
  });
  return g.op('Loop', [most, goOn, start], { body: body(samples, squares, clusters, features).graph() });
}
