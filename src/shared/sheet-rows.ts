/** What a sheet shows, a row each: the explanation methods, and the contrast that the masks of TIS give beside its maps. */

import type { ClassIndex } from './audit.js';
import type { MeasuredMap } from './evidence.js';
import {
  type MethodFacts,
  methodFacts,
  type MethodId,
  methodIds,
  type MethodMap,
  type MethodOffer,
} from './methods.js';

/** What speaks for a class rather than another. It is no method: it comes out of the masks that TIS scores. */
export const contrastRow = 'tis-contrast';
export type RowId = MethodId | typeof contrastRow;

/** In the order in which sheets list them. */
export const rowIds: readonly RowId[] = methodIds.flatMap((id) => (id === 'tis' ? [id, contrastRow] : [id]));

/** What is known of a row, for its headings, colours and cost. */
export interface RowFacts extends Omit<MethodFacts, 'id' | 'paper' | 'year'> {
  readonly id: RowId;
  /** The paper of a method; what a contrast is. */
  readonly about: string;
  /** Stands after the name: the year of the paper, or the unit of the values. */
  readonly aside: string;
  /** Whether its maps are of one class rather than another, in nats. */
  readonly contrasts: boolean;
}

/** A map as a sheet shows it. */
export interface RowMap extends Omit<MethodMap, 'method'> {
  readonly method: RowId;
  /** What a contrast has besides; null for the map of a method. */
  readonly contrast: ContrastFacts | null;
}

export interface ContrastFacts {
  /** The class that the map's own is in contrast to. */
  readonly against: ClassIndex;
  /** The contrast with its errors; the values that are shown have patches within their error at 0. */
  readonly whole: MeasuredMap;
}

/** The method that a row comes from. */
export function methodOf(id: RowId): MethodId {
  return id === contrastRow ? 'tis' : id;
}

/** What is known of a row. */
export function rowFacts(id: RowId): RowFacts {
  const { paper, year, ...facts } = methodFacts(methodOf(id));
  if (id !== contrastRow) return { ...facts, about: paper, aside: String(year), contrasts: false };
  return {
    ...facts,
    id,
    name: 'TIS contrast',
    about: 'What speaks for a class rather than another, from the masks of TIS; patches within their error are neutral',
    aside: 'in nats',
    signed: true,
    contrasts: true,
  };
}

/** What the model allows of a row: a contrast is allowed where TIS is. */
export function offerOf(id: RowId, offers: readonly MethodOffer[]): MethodOffer | undefined {
  return offers.find((offer) => offer.id === methodOf(id));
}

/** A map of a method as a row's. */
export function rowMap(map: MethodMap): RowMap {
  return { ...map, contrast: null };
}

/**
 * The class that a class is contrasted with: the label, or where there is none the model's first; that class itself with the model's
 * first other. So the model's first class is in contrast to the label where they differ, and to the runner-up where they agree.
 * @param ranking classes by probability, highest first
 * @returns null where there is no other class
 */
export function rivalOf<Class extends number>(
  classIndex: Class,
  label: Class | null,
  ranking: readonly Class[],
): Class | null {
  const reference = label ?? ranking[0] ?? null;
  if (classIndex !== reference) return reference;
  return ranking.find((other) => other !== classIndex) ?? null;
}
