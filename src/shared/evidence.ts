/** Evidence: what keeping a patch adds to the logarithm of a class's probability, with its sampling error; contrasts are differences of it. */

/** Masks are split into this many interleaved groups, whose absence in turn tells the sampling error. */
export const jackknifeGroups = 16;

/** 97.5 % quantile of Student's t with 15 degrees of freedom: a 95 % interval is the value plus or minus so many standard errors. */
export const interval95 = 2.131;

/** Evidence for one class on the patch grid. */
export interface Evidence {
  /**
   * `[N]`, in nats: mean log-probability of the masks that keep the patch minus that of the masks that drop it; NaN where there is no such mask.
   */
  readonly values: Float32Array;
  /** `[16, N]`: how far the map without one group of masks is from `values`, in steps; -128 where that is not known. */
  readonly deviations: Int8Array;
  /** Nats a step. */
  readonly step: number;
}

/** Stands in `deviations` for a patch that too few masks keep or drop. */
const unknown = -128;
const mostSteps = 127;

/** Rounds what was made without one group at a time, `[16, N]`, to 127 steps of its largest deviation: 0.4 % of it. */
export function evidenceOf(values: Float32Array, without: Float32Array): Evidence {
  const length = values.length;
  const off = without.map((value, at) => value - (values[at % length] ?? NaN));
  const largest = off.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  // As it will be kept.
  const step = Math.fround(largest / mostSteps);
  const steps = Int8Array.from(off, (value) => {
    if (!Number.isFinite(value)) return unknown;
    return step === 0 ? 0 : Math.round(value / step);
  });
  return { values, deviations: steps, step };
}

/** The evidence without one group of masks, `[N]`. */
export function withoutGroup({ values, deviations, step }: Evidence, group: number): Float32Array {
  const from = group * values.length;
  return values.map((value, token) => {
    const steps = deviations[from + token] ?? unknown;
    return steps === unknown ? NaN : value + steps * step;
  });
}

/** A figure with its standard error, which is NaN where it is not known. */
export interface Measured {
  readonly value: number;
  readonly error: number;
}

/** Standard error of a figure from its values without one group at a time; NaN when one of them is missing. */
export function jackknifeError(replicates: readonly number[]): number {
  const count = replicates.length;
  const mean = replicates.reduce((sum, value) => sum + value, 0) / count;
  const squares = replicates.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt((squares * (count - 1)) / count);
}

/** A map with the standard error of every patch, both `[N]`. */
export interface MeasuredMap {
  readonly values: Float32Array;
  readonly errors: Float32Array;
}

/** Standard error of every patch from the map without one group at a time. */
export function jackknifeErrors(replicates: readonly Float32Array[]): Float32Array {
  const [{ length } = new Float32Array(0)] = replicates;
  return Float32Array.from({ length }, (_, token) => jackknifeError(replicates.map((one) => one[token] ?? NaN)));
}

const groups = Array.from({ length: jackknifeGroups }, (_, group) => group);

/** The evidence itself with its errors. */
export function evidenceMap(evidence: Evidence): MeasuredMap {
  const replicates = groups.map((group) => withoutGroup(evidence, group));
  return { values: evidence.values, errors: jackknifeErrors(replicates) };
}

/** The map with patches whose 95 % interval holds 0, or whose error is not known, at 0: what is shown is beyond the sampling error. */
export function beyondError({ values, errors }: MeasuredMap): Float32Array {
  return values.map((value, token) => {
    const isSure = Math.abs(value) > interval95 * (errors[token] ?? NaN);
    return isSure || Number.isNaN(value) ? value : 0;
  });
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, token) => value - (b[token] ?? NaN));
}

/** What speaks for the class of `a` rather than that of `b`, in nats: where it is positive, keeping the patch raises the odds of `a`. */
export function contrastMap(a: Evidence, b: Evidence): MeasuredMap {
  const values = difference(a.values, b.values);
  const replicates = groups.map((group) => difference(withoutGroup(a, group), withoutGroup(b, group)));
  return { values, errors: jackknifeErrors(replicates) };
}
