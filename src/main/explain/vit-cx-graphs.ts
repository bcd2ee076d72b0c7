/** The graphs of ViT-CX: feature masks and their distances, masks of clusters, scores of masked images, the map. */

import { type Vit, classCount, patchCount, prefixCount } from '../model/vit.js';
import { embed, encode } from '../model/vit-graph.js';
import { GraphBuilder, type Value } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { fuse } from '../onnx/passes/fuse.js';
import { pixelsInput } from './graph-inputs.js';
import { enlarged, interpolationMatrix } from './bilinear.js';

/** Below this a range or a length is none: a constant map becomes zeros instead of 0/0. */
const least = 1e-30;

/** A range this small beside the values is their rounding: enlarging a constant map leaves some of its last bits. */
const rounding = 1e-6;

/** Maps on the patch grid, `[n, rows, columns]`, as pixels of the model's input. */
function asPixels(g: GraphBuilder, vit: Vit, grids: Value): Value {
  const { gridHeight, gridWidth, inputHeight, inputWidth } = vit;
  return enlarged(g, grids, [gridHeight, gridWidth], [inputHeight, inputWidth]);
}

/**
 * Maps `[n, rows, columns]` so that, enlarged, each goes from 0 to 1 over its own pixels, a constant one to 0. Enlarging
 * takes weighted means, so the grid can be scaled in place of the pixels, which are looked at once, for their lowest and
 * highest value.
 */
function scaledGrids(g: GraphBuilder, vit: Vit, grids: Value): Value {
  const pixels = asPixels(g, vit, grids);
  const low = g.op('ReduceMin', [pixels, g.ints(1, 2)], { keepdims: 1 });
  const high = g.op('ReduceMax', [pixels, g.ints(1, 2)], { keepdims: 1 });
  const range = g.sub(high, low);
  const magnitude = g.op('Max', [g.op('Abs', [low]), g.op('Abs', [high])]);
  const contrast = g.op('Greater', [range, g.mul(magnitude, g.float(rounding))]);
  const scaled = g.div(g.sub(grids, low), g.op('Max', [range, g.float(least)]));
  return g.op('Where', [contrast, scaled, g.float(0)]);
}

/** `UT U` of an axis: products of enlarged maps from products on the grid. */
function overlaps(g: GraphBuilder, pixels: number, cells: number): Value {
  const matrix = g.floats(interpolationMatrix(pixels, cells), [pixels, cells]);
  return g.matMul(g.transpose(matrix, 1, 0), matrix);
}

/** 1 - cosine between the enlarged maps of `grids` `[D, rows, columns]`, `[D, D]`. */
function cosineDistances(g: GraphBuilder, vit: Vit, grids: Value): Value {
  const { gridHeight, gridWidth, inputHeight, inputWidth, width } = vit;
  const weighted = g.matMul(g.matMul(overlaps(g, inputHeight, gridHeight), grids), overlaps(g, inputWidth, gridWidth));
  const flat = (x: Value): Value => g.reshape(x, width, gridHeight * gridWidth);
  const products = g.matMul(flat(grids), g.transpose(flat(weighted), 1, 0));
  const squares = g.reduceSum(g.mul(flat(grids), flat(weighted)), 1, true);
  const lengths = g.op('Sqrt', [squares]);
  const both = g.op('Max', [g.mul(lengths, g.transpose(lengths, 1, 0)), g.float(least)]);
  return g.sub(g.float(1), g.div(products, both));
}

/**
 * `pixels [1, ...]` to `probabilities [1, C]`, `grids [D, patches]` (the input of the last block's attention behind its
 * norm, without prefix tokens, scaled so that each enlarged map goes from 0 to 1) and `distances [D, D]`, 1 - cosine between
 * the enlarged maps.
 */
export function featureGraph(vit: Vit): Model {
  const g = new GraphBuilder('vit_cx_features');
  const prefix = prefixCount(vit);
  const patches = patchCount(vit);
  const { logits, blocks } = encode(g, vit, embed(g, vit, pixelsInput(g, vit, 1)), { blockOutputs: false });
  const last = blocks.at(-1);
  if (last === undefined) throw new RangeError('A ViT has at least one block');
  const tokens = g.slice(last.normalised, 1, prefix, prefix + patches);
  const features = g.reshape(g.transpose(tokens, 0, 2, 1), vit.width, vit.gridHeight, vit.gridWidth);
  const grids = scaledGrids(g, vit, features);
  g.output('probabilities', g.softmax(logits), 'float32', [1, classCount(vit)]);
  g.output('grids', g.reshape(grids, vit.width, patches), 'float32', [vit.width, patches]);
  g.output('distances', cosineDistances(g, vit, grids), 'float32', [vit.width, vit.width]);
  return g.model();
}

/** `grids` and `members [n, D]` (1 for a map in the cluster) to `masks [n, pixels]`: sums of maps, from 0 to 1 again. */
export function clusterGraph(vit: Vit): Model {
  const g = new GraphBuilder('vit_cx_clusters');
  const grids = g.input('grids', 'float32', [vit.width, patchCount(vit)]);
  const members = g.input('members', 'float32', ['n', vit.width]);
  const sums = g.reshape(g.matMul(members, grids), -1, vit.gridHeight, vit.gridWidth);
  const masks = asPixels(g, vit, scaledGrids(g, vit, sums));
  const size = vit.inputHeight * vit.inputWidth;
  g.output('masks', g.reshape(masks, -1, size), 'float32', ['n', size]);
  return g.model();
}

/**
 * `pixels [1, ...]`, `masks [m, pixels]` and, where there is noise, `noise [m, channels, H, W]` to the probabilities
 * `masked [m, C]` of `x M + n` and `noisy [m, C]` of `x + n`, with `n` the noise where the mask hides the image.
 */
export function scoreGraph(vit: Vit, withNoise: boolean): Model {
  const g = new GraphBuilder('vit_cx_scores');
  const { channels, inputHeight: height, inputWidth: width } = vit;
  const image = pixelsInput(g, vit, 1);
  const masks = g.reshape(g.input('masks', 'float32', ['m', height * width]), -1, 1, height, width);
  const masked = g.mul(image, masks);
  const classify = (pixels: Value): Value =>
    g.softmax(encode(g, vit, embed(g, vit, pixels), { blockOutputs: false }).logits);
  if (!withNoise) {
    g.output('masked', classify(masked), 'float32', ['m', classCount(vit)]);
    return fuse(g.model(), 'cpu');
  }
  const drawn = g.input('noise', 'float32', ['m', channels, height, width]);
  const noise = g.mul(drawn, g.sub(g.float(1), masks));
  const both = classify(g.concat(0, g.add(masked, noise), g.add(image, noise)));
  const [first = both, second = both] = g.ops('Split', [both], { axis: 0, num_outputs: 2 }, { outputs: 2 });
  g.output('masked', first, 'float32', ['m', classCount(vit)]);
  g.output('noisy', second, 'float32', ['m', classCount(vit)]);
  return fuse(g.model(), 'cpu');
}

/** `masks [n, pixels]` and `effects [c, n]` to `maps [c, pixels]`: effects spread over masks, shared where masks overlap. */
export function mapGraph(vit: Vit): Model {
  const g = new GraphBuilder('vit_cx_map');
  const size = vit.inputHeight * vit.inputWidth;
  const masks = g.input('masks', 'float32', ['n', size]);
  const effects = g.input('effects', 'float32', ['c', 'n']);
  const coverage = g.op('Max', [g.reduceSum(masks, 0, true), g.float(least)]);
  const mean = g.op('ReduceMean', [g.mul(g.op('Unsqueeze', [effects, g.ints(2)]), masks), g.ints(1)], { keepdims: 0 });
  g.output('maps', g.div(mean, coverage), 'float32', ['c', size]);
  return g.model();
}
