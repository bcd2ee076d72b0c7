/** Pages of a list that stays where the images are: which of them hold which places, and how they are fetched. */

import { type Selection, selectionPage } from '../../shared/query.js';
import type { Client } from './client.js';

/** Places of a list, from `from` up to `end`, which is not of them. */
export interface Span {
  readonly from: number;
  readonly end: number;
}

/** Ids by number of their page. */
export type Pages = ReadonlyMap<number, Uint32Array>;

/** Pages in one answer. */
const together = 3;

/** The pages of these places, each once, in the order of the spans. */
export function pagesOf(spans: readonly Span[], count: number): readonly number[] {
  const pages = new Set<number>();
  for (const { from, end } of spans) {
    const last = Math.ceil(Math.min(end, count) / selectionPage);
    for (let page = Math.floor(Math.max(0, from) / selectionPage); page < last; page += 1) pages.add(page);
  }
  return [...pages];
}

/** The first of these pages with those that follow it in the list, as many as one answer holds. */
export function firstRun(pages: readonly number[]): readonly number[] {
  const [first] = pages;
  if (first === undefined) return [];
  const run = [first];
  while (run.length < together && pages.includes(first + run.length)) run.push(first + run.length);
  return run;
}

const nothing = new Uint32Array();

/** Ids from a place on, which begins a page, by page. */
function pagesFrom(from: number, ids: Uint32Array): (readonly [page: number, ids: Uint32Array])[] {
  const pages = Math.ceil(ids.length / selectionPage);
  return Array.from({ length: pages }, (_, at) => [
    from / selectionPage + at,
    ids.subarray(at * selectionPage, (at + 1) * selectionPage),
  ]);
}

/** Fetches pages that follow each other; null when the list is gone. */
export async function fetchRun(
  client: Client,
  { revision }: Pick<Selection, 'revision'>,
  run: readonly number[],
): Promise<Pages | null> {
  const [first = 0] = run;
  const ids = await client.call('gallery.page', {
    revision,
    from: first * selectionPage,
    count: run.length * selectionPage,
  });
  if (ids === null) return null;
  return new Map(run.map((page, at) => [page, ids.subarray(at * selectionPage, (at + 1) * selectionPage)]));
}

/** What is needed of a list before it is shown. */
interface Needs {
  /** Places that are looked at. */
  readonly spans: () => readonly Span[];
  /** Pages that are the same as in the list before. */
  readonly isKnown: (page: number) => boolean;
}

/** The pages of a list that is not on screen yet, from its first one on. */
export class ComingPages {
  readonly #client: Client;
  readonly selection: Selection;
  readonly #pages: Map<number, Uint32Array>;

  constructor(client: Client, selection: Selection) {
    this.#client = client;
    this.selection = selection;
    const { count, first, around } = selection;
    this.#pages = new Map([
      ...pagesFrom(0, count === 0 ? nothing : first),
      ...pagesFrom(around?.from ?? 0, around?.ids ?? nothing),
    ]);
  }

  get all(): Pages {
    return this.#pages;
  }

  /** Fetches what is needed at the end and not here yet; false when the list is gone. */
  async fetch({ spans, isKnown }: Needs): Promise<boolean> {
    for (;;) {
      const { count } = this.selection;
      const run = firstRun(pagesOf(spans(), count).filter((page) => !this.#pages.has(page) && !isKnown(page)));
      if (run.length === 0) return true;
      const answer = await fetchRun(this.#client, this.selection, run);
      if (answer === null) return false;
      for (const [page, ids] of answer) this.#pages.set(page, ids);
    }
  }
}
