/** Turns the engine's raw TIS arrays into saliency maps with their figures: contrast, sampling error, split-half correlation. */

import { classIndex, type SaliencyMap } from '../../shared/audit.js';
import { evidenceOf, jackknifeGroups } from '../../shared/evidence.js';
import type { TisMaps } from '../engine/engine.js';
import { pearson } from '../../shared/correlation.js';

/** max - mean over the covered tokens; 0 when none is covered. */
export function contrastOf(map: Float32Array): number {
  let n = 0;
  let sum = 0;
  let max = -Infinity;
  for (const value of map) {
    if (Number.isNaN(value)) continue;
    n++;
    sum += value;
    max = Math.max(max, value);
  }
  return n === 0 ? 0 : max - sum / n;
}

/** Root-mean-square of the standard errors of a map's tokens; NaN when none is known. */
export function samplingErrorOf(errors: Float32Array): number {
  const known = errors.filter((error) => !Number.isNaN(error));
  return Math.sqrt(known.reduce((sum, error) => sum + error * error, 0) / known.length);
}

/** Row `row` of each of the 16 tables `[16, classes, N]`, one after the other. */
function rowOfGroups(groups: Float32Array, row: number, classes: number, tokens: number): Float32Array {
  const one = new Float32Array(jackknifeGroups * tokens);
  for (let group = 0; group < jackknifeGroups; group++) {
    const from = (group * classes + row) * tokens;
    one.set(groups.subarray(from, from + tokens), group * tokens);
  }
  return one;
}

/** The maps of an outcome in its order of classes; raw, in probability but for the evidence. */
export function saliencyMaps(outcome: TisMaps): SaliencyMap[] {
  const tokens = outcome.gridWidth * outcome.gridHeight;
  const count = outcome.classes.length;
  return Array.from(outcome.classes, (index, row) => {
    const part = (array: Float32Array, at: number): Float32Array => array.slice(at * tokens, (at + 1) * tokens);
    const kept = part(outcome.kept, row);
    const even = part(outcome.halves, row);
    const odd = part(outcome.halves, count + row);
    return {
      classIndex: classIndex(index),
      probability: outcome.probabilities[index] ?? 0,
      kept,
      dropped: part(outcome.dropped, row),
      contrast: contrastOf(kept),
      samplingError: samplingErrorOf(part(outcome.keptError, row)),
      splitHalfCorrelation: pearson(even, odd) ?? 0,
      evidence: evidenceOf(part(outcome.evidence, row), rowOfGroups(outcome.evidenceWithout, row, count, tokens)),
    };
  });
}
