/** `--contrast A:B`: which contrast maps are wanted, and how they come out of the evidence of an explanation. */

import type { ClassIndex, SaliencyMap } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import { contrastMap, interval95, type MeasuredMap } from '../../shared/evidence.js';
import { nats } from '../../shared/figures.js';
import type { ModelSummary } from '../../shared/model.js';
import { type ClassWish, readClassWish } from './classes.js';
import { wantedClasses } from './explain-images.js';

/** What speaks for one class rather than another, as wished for. */
export interface ContrastWish {
  /** As it was written. */
  readonly text: string;
  readonly classes: readonly [ClassWish, ClassWish];
}

/** A contrast map of one image. */
export interface Contrast {
  /** What speaks for the first rather than the second. */
  readonly classes: readonly [ClassIndex, ClassIndex];
  /** In nats, `[N]` each. */
  readonly map: MeasuredMap;
}

/**
 * `A:B` with both as `--class` reads them. Names may hold colons: the first one that leaves two known classes counts.
 * @throws AppError `BAD_USAGE` without a colon, `UNKNOWN_CLASS` as `--class` does.
 */
export function readContrastWish(text: string, image: string, model: ModelSummary): ContrastWish {
  const colons = Array.from(text.matchAll(/:/g), ({ index }) => index).filter((at) => at > 0 && at < text.length - 1);
  let problem: unknown = new AppError(
    'BAD_USAGE',
    `--contrast ${text} does not name two classes.`,
    'Write --contrast A:B for what speaks for A rather than B; A and B as for --class.',
  );
  for (const at of colons) {
    try {
      const [a, b] = [text.slice(0, at), text.slice(at + 1)].map((name) => readClassWish(name, image, model));
      if (a !== undefined && b !== undefined) return wishFor(text, [a, b]);
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

/** @throws AppError `BAD_USAGE` for a class and itself: that contrast is nowhere other than 0. */
function wishFor(text: string, classes: readonly [ClassWish, ClassWish]): ContrastWish {
  const [a, b] = classes;
  if (a.kind !== b.kind || a.value !== b.value) return { text, classes };
  throw new AppError(
    'BAD_USAGE',
    `The two classes of --contrast ${text} are one and the same.`,
    'Name another pair, as --contrast label:top2.',
  );
}

/** The contrast maps wished for; without those whose two classes turn out to be one, as label and top1 of what is predicted rightly. */
export function contrastsOf(
  wishes: readonly ContrastWish[],
  maps: readonly SaliencyMap[],
  probabilities: Float32Array,
): readonly Contrast[] {
  return wishes.flatMap(({ classes }) => {
    const [a, b] = classes.map((wish) => {
      const [index] = wantedClasses([wish], probabilities);
      return maps.find((map) => map.classIndex === index);
    });
    if (!a?.evidence || !b?.evidence) throw new AppError('INTERNAL', 'A class of --contrast got no evidence.');
    if (a === b) return [];
    return [{ classes: [a.classIndex, b.classIndex] as const, map: contrastMap(a.evidence, b.evidence) }];
  });
}

/** How many patches speak for either class beyond their 95 % interval, and the strongest on each side. */
export function contrastSummary(
  { classes: [a, b], map: { values, errors } }: Contrast,
  names: readonly string[],
): string {
  const tokens = Array.from(values.keys()).filter((token) => !Number.isNaN(values[token]));
  const sure = (sign: 1 | -1): number =>
    tokens.filter((token) => sign * (values[token] ?? 0) > interval95 * (errors[token] ?? NaN)).length;
  const strongest = (sign: 1 | -1): string => {
    const [best] = [...tokens].sort((i, j) => sign * ((values[j] ?? 0) - (values[i] ?? 0)));
    return best === undefined ? '\u2013' : nats({ value: values[best] ?? 0, error: errors[best] ?? NaN });
  };
  const name = (index: ClassIndex): string => names[index] ?? '';
  return `for ${name(a)} rather than ${name(b)}: ${sure(1)} of ${tokens.length} patches speak for it, ${sure(-1)} against it beyond their error; from ${strongest(-1)} to ${strongest(1)}`;
}

/** That some wishes mean one class twice for this image; null where none do. */
export function sameClassWords(
  image: string,
  wishes: readonly ContrastWish[],
  made: readonly Contrast[],
): string | null {
  if (wishes.length === made.length) return null;
  const texts = wishes.map(({ text }) => text).join(', ');
  return `${image}: the two classes of --contrast are the same in ${wishes.length - made.length} of ${texts}; no map is made of that.`;
}
