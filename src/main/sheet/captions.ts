/** The words of a sheet: what a method, a class and an image are called, and what their maps took. */

import { type MethodCost, methodFacts, type MethodParameters, methodParameters } from '../../shared/methods.js';
import { firstName } from '../../shared/readable-names.js';
import { methodOf, type RowId, rowFacts } from '../../shared/sheet-rows.js';
import type { SheetCaption } from './sheet.js';

/** The time and the passes that maps took. */
export interface Took {
  readonly milliseconds: number;
  readonly cost: MethodCost;
}

/** The two classes of a contrast: what speaks for the one rather than the other. */
export interface ContrastNames {
  readonly of: string;
  readonly against: string;
}

/** Seconds to two digits: `0.12 s`, `3.4 s`, `95 s`. */
export function seconds(milliseconds: number): string {
  const value = milliseconds / 1000;
  if (value < 0.01) return '< 0.01 s';
  return `${value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0)} s`;
}

/** `1 forward, 1 backward`; `4,000 forward`. */
export function passes({ forward, backward }: MethodCost): string {
  const ahead = `${forward.toLocaleString('en')} forward`;
  return backward === 0 ? ahead : `${ahead}, ${backward.toLocaleString('en')} backward`;
}

/** Total of several runs. */
export function addTook(runs: readonly Took[]): Took {
  const sum = (of: (run: Took) => number): number => runs.reduce((total, run) => total + of(run), 0);
  return {
    milliseconds: sum((run) => run.milliseconds),
    cost: { forward: sum((run) => run.cost.forward), backward: sum((run) => run.cost.backward) },
  };
}

/** `dunlin rather than junco`. */
export function contrastWords({ of, against }: ContrastNames): string {
  return `${firstName(of)} rather than ${firstName(against)}`;
}

/** Which classes the contrasts of one image are in contrast to: the class that most share is said once for all of them. */
export function rivalLines(contrasts: readonly ContrastNames[]): readonly string[] {
  const rivals = contrasts.map(({ against }) => against);
  const common = rivals.find((against, at) => rivals.indexOf(against) < at);
  const rest = contrasts.filter(({ against }) => against !== common).map(contrastWords);
  if (common === undefined) return rest;
  return [...rest, `${rest.length === 0 ? '' : 'the others '}rather than ${firstName(common)}`];
}

interface CaptionOptions {
  /** Whether what was taken is of a usual image of many. */
  readonly each: boolean;
  /** What else is to be said. */
  readonly lines?: readonly string[];
  /** What TIS took on the same sheet: a contrast that took the same came out of that run. */
  readonly beside?: Took | null;
}

/**
 * Caption of a row.
 * @param took what its maps took: of the image, or of a usual image (`each`) where there are many; null when unknown
 */
export function methodCaption(
  id: RowId,
  took: Took | null,
  { each, lines = [], beside = null }: CaptionOptions,
): SheetCaption {
  const { name, aside, classIndependent, contrasts } = rowFacts(id);
  const shared = contrasts && took !== null && took.milliseconds === beside?.milliseconds;
  const own = shared ? null : took;
  const time = own === null ? [] : [seconds(own.milliseconds)];
  return {
    main: name,
    small: [
      [aside, ...time].join(' · '),
      ...lines,
      ...(shared ? ['from the masks of TIS'] : []),
      // A number stays with its word where the line breaks.
      ...(own === null ? [] : [passes(own.cost).replaceAll(/(?<=\d) /g, '\u00a0')]),
      ...(classIndependent && !each ? ['one map for all classes'] : []),
    ],
  };
}

/**
 * `TIS masks 1024, ratio 0.5, seed 0`, also of the contrast out of these masks; null for a method without parameters. Values that are
 * not the published ones name those.
 */
export function parameterWords(id: RowId, parameters: MethodParameters): string | null {
  const facts = methodFacts(methodOf(id));
  const usual = methodParameters(facts.id);
  const words = facts.parameters.map(({ key, name }) => {
    const value = parameters[key];
    const published = usual[key];
    const note = value === published ? '' : ` (published: ${String(published)})`;
    return `${name.toLowerCase()} ${String(value)}${note}`;
  });
  return words.length === 0 ? null : `${facts.name} ${words.join(', ')}`;
}
