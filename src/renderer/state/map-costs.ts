/** What a saliency map costs by a measurement, and which precisions that makes worth offering. */

import type { ModelSummary } from '../../shared/model.js';
import type { Precision } from '../../shared/precision.js';
import type { ProviderInfo } from '../../shared/provider.js';
import { type ScoringSpeed, secondsOfMap, type SpeedFigures } from '../../shared/speed.js';

export interface MapChoice {
  readonly masks: number;
  readonly ratio: number;
  readonly precision: Precision;
}

/** Whether a precision may be chosen; otherwise why not. */
export interface PrecisionOffer {
  readonly allowed: boolean;
  /** Whether what runs the graphs here has the precision at all. */
  readonly runs: boolean;
  /** What speaks against the precision, also when it is chosen already; empty when nothing does. */
  readonly reason: string;
  /** How many times as fast as float32 a map is; null when that is not known. */
  readonly gain: number | null;
}

/** A smaller gain than this is not worth an approximation, and within the error of a short measurement. */
const leastGain = 1.05;

/**
 * The measurement with each rough precision at every share of the patches: it is measured at one, and taken to be as many
 * times as fast as float32 at the others.
 */
function completed(report: SpeedFigures): SpeedFigures {
  const exact = report.scoring.filter(({ precision }) => precision === 'float32');
  const estimated = report.scoring.flatMap(({ precision, ratio, masksPerSecond }): ScoringSpeed[] => {
    const equal = exact.find((speed) => speed.ratio === ratio);
    if (precision === 'float32' || equal === undefined) return [];
    const gain = masksPerSecond / equal.masksPerSecond;
    const missing = exact.filter(
      (speed) => !report.scoring.some((other) => other.precision === precision && other.ratio === speed.ratio),
    );
    return missing.map((speed) => ({ precision, ratio: speed.ratio, masksPerSecond: speed.masksPerSecond * gain }));
  });
  return { ...report, scoring: [...report.scoring, ...estimated] };
}

/** Most masks that a model has hidden columns for. */
export function mostMasks(model: Pick<ModelSummary, 'blocks' | 'width'> | undefined): number {
  return model === undefined ? Infinity : model.blocks * model.width;
}

/** The maps that the settings ask for, within what the model allows. */
export function chosenMaps({ masks, ratio, precision }: MapChoice, model: ModelSummary | undefined): MapChoice {
  return { masks: Math.min(masks, mostMasks(model)), ratio, precision };
}

/** Seconds of a map; null while nothing was measured. */
export function mapSeconds(report: SpeedFigures | null, choice: MapChoice): number | null {
  return report === null ? null : secondsOfMap(completed(report), choice);
}

/** How many times as fast as with float32 a map is; null while that was not measured. */
function mapGain(report: SpeedFigures | null, choice: MapChoice): number | null {
  const exact = mapSeconds(report, { ...choice, precision: 'float32' });
  const rough = mapSeconds(report, choice);
  return exact === null || rough === null ? null : exact / rough;
}

/**
 * The rule of the settings: float16 needs CUDA; int8 needs a processor and has to be measured faster than float32 there. What is
 * chosen already stays choosable.
 * @param provider null while it is not known.
 */
export function precisionOffer(
  report: SpeedFigures | null,
  choice: MapChoice,
  { provider, chosen }: { readonly provider: ProviderInfo['name'] | null; readonly chosen: Precision },
): PrecisionOffer {
  const { precision } = choice;
  const gain = precision === 'float32' ? null : mapGain(report, choice);
  const runs = precision === 'float32' || precision === roughOn(provider);
  const reason = objection(precision, runs, gain);
  return { allowed: reason === '' || precision === chosen, runs, reason, gain };
}

/** The precision other than float32 that a provider has operators for. */
export function roughOn(provider: ProviderInfo['name'] | null): Precision {
  return provider === 'CUDA' ? 'float16' : 'int8';
}

function objection(precision: Precision, runs: boolean, gain: number | null): string {
  if (!runs) return precision === 'int8' ? 'int8 is for processors; CUDA has float16.' : 'float16 needs CUDA.';
  if (precision !== 'int8') return '';
  if (gain === null) return 'int8 is offered once it is measured to be faster than float32 here.';
  return gain >= leastGain ? '' : 'int8 is not faster than float32 here.';
}
