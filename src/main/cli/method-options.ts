/** Options that choose explanation methods and set their parameters: `--method tis --set tis.masks=512`. */

import { InvalidArgumentError } from 'commander';
import { AppError } from '../../shared/errors.js';
import {
  isMethodId,
  methodFacts,
  type MethodId,
  methodIds,
  type MethodOffer,
  type MethodParameters,
  methodParameters,
  type ParameterFacts,
} from '../../shared/methods.js';
import { contrastRow, methodOf, type RowId, rowIds } from '../../shared/sheet-rows.js';
import { say } from './terminal.js';

/** Methods by name, in the order given; `all` is every method that the model allows. */
export type MethodWish = 'all' | readonly MethodId[];

/** Rows of a sheet by name, in the order given; `all` is every method that the model allows, without the contrast. */
export type RowWish = readonly (RowId | 'all')[];

/** A value for one parameter of one method. */
interface Setting {
  readonly method: MethodId;
  readonly key: string;
  readonly value: number;
}
export type Settings = readonly Setting[];

/** A method with the parameters of its run. */
export interface ChosenMethod {
  readonly id: MethodId;
  readonly parameters: MethodParameters;
}

/** A row with the parameters of its run: a contrast has those of TIS. */
export interface ChosenRow {
  readonly id: RowId;
  readonly parameters: MethodParameters;
}

/** Texts of the options, the same in every command. */
export const methodTexts = {
  method: `explanation method: ${methodIds.join(', ')}, or all; repeatable (default: tis)`,
  set: ['--set <method.key=value>', 'parameter of a method, such as rise.masks=500; repeatable'],
} as const;

/** Methods apart by commas, as the parser of a repeatable option. */
export function methodNames(text: string, before?: MethodWish): MethodWish {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('all') || before === 'all') return 'all';
  const known = names.filter(isMethodId);
  if (known.length === names.length) return [...new Set([...(before ?? []), ...known])];
  throw new InvalidArgumentError(`Allowed choices are ${methodIds.join(', ')}, all.`);
}

/** Rows apart by commas, as the parser of an option. */
export function rowNames(text: string): RowWish {
  const allowed: RowWish = [...rowIds, 'all'];
  const names = text.split(',').map((name) => allowed.find((one) => one === name.trim()));
  const known = names.filter((name) => name !== undefined);
  if (known.length === names.length) return [...new Set(known)];
  throw new InvalidArgumentError(`Allowed choices are ${allowed.join(', ')}.`);
}

function boundsOf({ whole, least, most }: ParameterFacts): string {
  return `a ${whole ? 'whole ' : ''}number from ${least} to ${most}`;
}

/** One `--set`, as the parser of a repeatable option. */
export function setting(text: string, before: Settings = []): Settings {
  const [, method = '', key = '', number = ''] = /^([^.=]+)\.([^.=]+)=(.+)$/.exec(text) ?? [];
  if (method === '') throw new InvalidArgumentError('It must look like rise.masks=500.');
  if (!isMethodId(method)) throw new InvalidArgumentError(`There is no method '${method}': ${methodIds.join(', ')}.`);
  const { name, parameters } = methodFacts(method);
  const facts = parameters.find((parameter) => parameter.key === key);
  if (facts === undefined) {
    const keys = parameters.map((parameter) => parameter.key).join(', ');
    throw new InvalidArgumentError(
      keys === '' ? `${name} has no parameters.` : `The parameters of ${name} are ${keys}.`,
    );
  }
  const value = number.trim() === '' ? NaN : Number(number);
  const good = value >= facts.least && value <= facts.most && (!facts.whole || Number.isInteger(value));
  if (!good) throw new InvalidArgumentError(`${name}'s ${key} is ${boundsOf(facts)}.`);
  return [...before, { method, key, value }];
}

/** What was set of one method. */
export function settingsOf(settings: Settings, method: MethodId): MethodParameters {
  return Object.fromEntries(settings.filter((one) => one.method === method).map(({ key, value }) => [key, value]));
}

/** @throws AppError `BAD_USAGE` when a method is set that is not among those wished for. */
export function checkSettings(settings: Settings, wish: MethodWish): void {
  const other = wish === 'all' ? undefined : settings.find(({ method }) => !wish.includes(method));
  if (other === undefined) return;
  throw new AppError(
    'BAD_USAGE',
    `--set ${other.method}.${other.key} has no effect: ${methodFacts(other.method).name} is not among the methods.`,
    `Add it with --method ${other.method}, or leave the setting out.`,
  );
}

/** The methods among the rows wished for. */
function methodsOf(wish: RowWish): MethodWish {
  return wish.includes('all') ? 'all' : wish.filter(isMethodId);
}

/** As {@link checkSettings}; a contrast takes the settings of TIS. */
export function checkRowSettings(settings: Settings, wish: RowWish): void {
  const methods = methodsOf(wish);
  checkSettings(settings, methods === 'all' || !wish.includes(contrastRow) ? methods : [...methods, 'tis']);
}

/** As {@link chooseMethods}, with the contrast in its place: where it was named, or after TIS among `all`. */
export function chooseRows(
  wish: RowWish,
  offers: readonly MethodOffer[],
  parametersOf: (id: MethodId) => MethodParameters,
): readonly ChosenRow[] {
  const methods = methodsOf(wish);
  const chosen = methods.length === 0 ? [] : chooseMethods(methods, offers, parametersOf);
  if (!wish.includes(contrastRow)) return chosen;
  const [tis] = chooseMethods([methodOf(contrastRow)], offers, parametersOf);
  const contrast: readonly ChosenRow[] = tis === undefined ? [] : [{ ...tis, id: contrastRow }];
  const place =
    methods === 'all' ? 1 + chosen.findIndex(({ id }) => id === methodOf(contrastRow)) : wish.indexOf(contrastRow);
  return [...chosen.slice(0, place), ...contrast, ...chosen.slice(place)];
}

/**
 * The methods to run, with their parameters. Of `all`, those that the model refuses are named and left out.
 * @param parametersOf parameters that differ from the published ones
 * @throws AppError `METHOD_UNSUPPORTED` for a named method that the model refuses
 */
export function chooseMethods(
  wish: MethodWish,
  offers: readonly MethodOffer[],
  parametersOf: (id: MethodId) => MethodParameters,
): readonly ChosenMethod[] {
  const refusals = new Map(offers.map(({ id, refusal }) => [id, refusal]));
  const offered = methodIds.filter((id) => refusals.has(id));
  const chosen = (wish === 'all' ? offered : wish).filter((id) => {
    const refusal = refusals.get(id) ?? null;
    if (refusal === null) return true;
    if (wish !== 'all') {
      throw new AppError(
        'METHOD_UNSUPPORTED',
        `${methodFacts(id).name} does not work here: ${refusal}`,
        'Choose another method.',
      );
    }
    say(`${methodFacts(id).name} is left out: ${refusal}`);
    return false;
  });
  if (chosen.length === 0) throw new AppError('METHOD_UNSUPPORTED', 'The model refuses every method.');
  return chosen.map((id) => ({ id, parameters: methodParameters(id, parametersOf(id)) }));
}
