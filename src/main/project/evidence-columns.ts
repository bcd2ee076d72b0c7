/** Evidence as the columns of a row of maps: half precision for the values, bytes for what the sampling error follows from. */

import { type Evidence, jackknifeGroups } from '../../shared/evidence.js';
import { float32Of, int8Of, toBlob, uint16Of } from '../database/blob.js';
import { halvesBlob, halvesRow, scaleOf } from './scaled-halves.js';

/** All null in maps that were kept before there was evidence. */
export interface EvidenceColumns {
  /** float16 `[classes, tokens]`, each class divided by its scale. */
  readonly evidence: Uint8Array | null;
  /** float32 `[classes]`: powers of two. */
  readonly evidence_scales: Uint8Array | null;
  /** int8 `[classes, 16, tokens]`. */
  readonly deviations: Uint8Array | null;
  /** float32 `[classes]`: nats a step of the deviations. */
  readonly deviation_steps: Uint8Array | null;
}

const none: EvidenceColumns = { evidence: null, evidence_scales: null, deviations: null, deviation_steps: null };

/** The columns of some classes' evidence; null in all of them unless every class has some. */
export function evidenceColumns(classes: readonly (Evidence | null)[]): EvidenceColumns {
  const all = classes.filter((one) => one !== null);
  const [first] = all;
  if (first === undefined || all.length < classes.length) return none;
  const tokens = first.values.length;
  const scales = all.map(({ values }) => scaleOf(values));
  const deviations = new Int8Array(all.length * jackknifeGroups * tokens);
  for (const [place, one] of all.entries()) deviations.set(one.deviations, place * jackknifeGroups * tokens);
  return {
    evidence: halvesBlob(
      all.map(({ values }) => values),
      scales,
      tokens,
    ),
    evidence_scales: toBlob(Float32Array.from(scales)),
    deviations: toBlob(deviations),
    deviation_steps: toBlob(Float32Array.from(all, ({ step }) => step)),
  };
}

/** The evidence of each class; null where the columns are. */
export function evidenceRows(columns: EvidenceColumns, classes: number, tokens: number): readonly Evidence[] | null {
  const { evidence, evidence_scales: scaleBlob, deviations: deviationBlob, deviation_steps: stepBlob } = columns;
  if (evidence === null || scaleBlob === null || deviationBlob === null || stepBlob === null) return null;
  const [halves, scales, steps] = [uint16Of(evidence), float32Of(scaleBlob), float32Of(stepBlob)];
  const deviations = int8Of(deviationBlob);
  const length = jackknifeGroups * tokens;
  return Array.from({ length: classes }, (_, place) => ({
    values: halvesRow(halves, place, tokens, scales[place] ?? 1),
    deviations: deviations.slice(place * length, (place + 1) * length),
    step: steps[place] ?? 0,
  }));
}
