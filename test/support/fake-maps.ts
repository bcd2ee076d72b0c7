/** Maps as the explanation methods might give them: blobs where a class is seen, on patches or pixels, with each method's own unit. */

import { type MethodCost, methodFacts, type MethodId, type MethodParameters } from '../../src/shared/methods.js';
import { seededRandom } from '../../src/shared/seeded-random.js';

/** Edge of maps with a value a pixel. */
const pixelEdge = 112;

/** Largest values of the methods' maps: probabilities, shares of attention, gradients. */
const units: Partial<Record<MethodId, number>> = { rollout: 0.02, 'integrated-gradients': 0.003, smoothgrad: 1.4 };

/** Two blobs of the class, somewhat displaced by the method. */
function heat(image: number, classIndex: number, method: MethodId): (x: number, y: number) => number {
  const ofClass = seededRandom(image * 101 + classIndex);
  const ofMethod = seededRandom(image * 7 + method.length * 131 + (method.codePointAt(0) ?? 0));
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

/** Passes that so many classes take together. */
export function costOf(method: MethodId, { masks, steps, samples }: MethodParameters, classes: number): MethodCost {
  if (masks !== undefined) return { forward: masks + 1, backward: 0 };
  if (method === 'vit-cx') return { forward: 87, backward: 0 };
  if (method === 'rollout') return { forward: 1, backward: 0 };
  const passes = Math.max(1, steps ?? 0, samples ?? 0) * classes;
  return { forward: passes, backward: passes };
}

/** The map of one class by one method, `[edge, edge]`. @param image tells one image from another */
export function fakeMap(
  image: number,
  method: MethodId,
  classIndex: number,
  grid: number,
): { readonly edge: number; readonly values: Float32Array } {
  const facts = methodFacts(method);
  const edge = facts.resolution === 'pixel' ? pixelEdge : grid;
  const level = heat(image, facts.classIndependent ? 0 : classIndex, method);
  const noise = seededRandom(image * 31 + classIndex * 17 + method.length);
  const grainy = facts.family === 'gradient' && facts.resolution === 'pixel';
  const values = Float32Array.from({ length: edge * edge }, (_, at) => {
    const here = level(((at % edge) + 0.5) / edge, (Math.floor(at / edge) + 0.5) / edge);
    if (!grainy) return 0.1 + 0.8 * here + 0.05 * noise();
    // Gradients flicker from pixel to pixel, and a few are huge.
    const size = here * noise() ** 3 + (noise() > 0.9995 ? 8 : 0);
    return facts.signed && noise() < 0.35 ? -size : size;
  });
  const unit = units[method] ?? 1;
  return { edge, values: values.map((value) => value * unit) };
}
