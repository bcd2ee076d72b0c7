/** Maps as the explanation methods might give them: blobs where a class is seen, on patches or pixels, with each method's own unit. */

import { type ClassIndex, type ImageId } from '../../src/shared/audit.js';
import { type MethodCost, methodFacts, type MethodId, methodParameters } from '../../src/shared/methods.js';
import { type RowMap, rowMap } from '../../src/shared/sheet-rows.js';
import { seededRandom } from '../../src/shared/seeded-random.js';

/** Edge of maps with a value a pixel. */
const pixelEdge = 112;

/** Largest values of the methods' maps: probabilities, shares of attention, gradients. */
const units: Partial<Record<MethodId, number>> = { rollout: 0.02, 'integrated-gradients': 0.003, smoothgrad: 1.4 };

/** Two blobs of the class, somewhat displaced by the method. */
function heat(id: number, classIndex: number, method: MethodId): (x: number, y: number) => number {
  const ofClass = seededRandom(id * 101 + classIndex);
  const ofMethod = seededRandom(id * 7 + method.length * 131 + (method.codePointAt(0) ?? 0));
  const blobs = [1, 0.55].map((height) => ({
    x: 0.2 + 0.6 * ofClass() + 0.12 * (ofMethod() - 0.5),
    y: 0.2 + 0.6 * ofClass() + 0.12 * (ofMethod() - 0.5),
    spread: 0.1 + 0.1 * ofClass(),
    height,
  }));
  return (x, y) =>
    blobs.reduce(
      (sum, blob) =>
        sum + blob.height * Math.exp(-((x - blob.x) ** 2 + (y - blob.y) ** 2) / (2 * blob.spread * blob.spread)),
      0,
    );
}

/** Passes that these classes take together. */
function costOf(method: MethodId, classes: number): MethodCost {
  const { masks = 0, steps = 0, samples = 0 } = methodParameters(method);
  if (masks > 0) return { forward: masks, backward: 0 };
  if (method === 'vit-cx') return { forward: 87, backward: 0 };
  if (method === 'rollout') return { forward: 1, backward: 0 };
  const passes = Math.max(1, steps, samples) * classes;
  return { forward: passes, backward: passes };
}

/** The map of each class by one method. */
export function fakeMaps(
  id: ImageId,
  method: MethodId,
  classes: readonly ClassIndex[],
  grid: number,
  cached: boolean,
): RowMap[] {
  const facts = methodFacts(method);
  const edge = facts.resolution === 'pixel' ? pixelEdge : grid;
  const cost = costOf(method, classes.length);
  return classes.map((classIndex) => {
    const level = heat(id, facts.classIndependent ? 0 : classIndex, method);
    const noise = seededRandom(id * 31 + classIndex * 17 + method.length);
    const grainy = facts.family === 'gradient' && facts.resolution === 'pixel';
    const values = Float32Array.from({ length: edge * edge }, (_, at) => {
      const here = level(((at % edge) + 0.5) / edge, (Math.floor(at / edge) + 0.5) / edge);
      if (!grainy) return 0.1 + 0.8 * here + 0.05 * noise();
      // Gradients flicker from pixel to pixel, and a few are huge.
      const size = here * noise() ** 3 + (noise() > 0.9995 ? 8 : 0);
      return facts.signed && noise() < 0.35 ? -size : size;
    });
    const unit = units[method] ?? 1;
    return rowMap({
      imageId: id,
      method,
      classIndex,
      width: edge,
      height: edge,
      values: values.map((value) => value * unit),
      parameters: methodParameters(method),
      milliseconds: 40 + 9 * (cost.forward + 2 * cost.backward),
      cost,
      cached,
    });
  });
}
