/** A bridge to lists of made-up images, as long as wanted: answers what the gallery asks for, by the selections it was given. */

import { type Bridge, type CallReply } from '../../src/shared/bridge.js';
import type { CallInput, CallName, CallResult } from '../../src/shared/calls/calls.js';
import { type ImageId, imageId } from '../../src/shared/audit.js';
import { type Filter, searchedText, type Selection, selectionPage } from '../../src/shared/query.js';

type Answers = { readonly [N in CallName]?: (input: CallInput<N>) => CallResult<N> };

/** Ids from 1 to `count`. */
export function idsUpTo(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, at) => at + 1);
}

export class ListedBridge implements Bridge {
  /** What is listed without a filter. */
  all: Uint32Array;
  /** What is listed where a text is searched for. */
  readonly byText = new Map<string, Uint32Array>();
  /** Everything that was asked for, in order. */
  readonly asked: { readonly name: CallName; readonly input: unknown }[] = [];
  #revision = Date.UTC(2026, 0);
  #ids = new Uint32Array();

  constructor(all: Uint32Array) {
    this.all = all;
  }

  readonly #answers: Answers = {
    'gallery.select': ({ filter, since, near, around = 0 }) => this.#select(filter, since, near.map(imageId), around),
    'gallery.page': ({ revision, from, count }) =>
      revision === this.#revision ? this.#ids.slice(from, from + count) : null,
    'gallery.places': ({ revision, ids }) =>
      revision === this.#revision ? Int32Array.from(ids, (id) => this.#ids.indexOf(id)) : null,
    'gallery.facets': () => ({ values: {}, ranges: {} }),
  };

  async call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallReply<N>> {
    await Promise.resolve();
    this.asked.push({ name, input });
    const answer = this.#answers[name];
    if (answer === undefined) throw new Error(`Nothing answers ${name}.`);
    return { ok: true, value: answer(input) };
  }

  on(): () => void {
    return () => undefined;
  }

  /** From now on no list that was told is known any more. */
  forget(): void {
    this.#revision += 1;
  }

  /** First places of the pages that were asked for, and how many ids. */
  get pages(): readonly (readonly [number, number])[] {
    return this.asked.flatMap(({ name, input }) => {
      if (name !== 'gallery.page') return [];
      const { from, count } = input as CallInput<'gallery.page'>;
      return [[from, count] as const];
    });
  }

  #select(filter: Filter, since: number | null, near: readonly ImageId[], around: number): Selection {
    const before = this.#ids;
    const ids = this.byText.get(searchedText(filter)) ?? this.all;
    let from = 0;
    if (since === this.#revision) while (from < ids.length && ids[from] === before[from]) from += 1;
    if (from < ids.length || ids.length !== before.length) this.#revision += 1;
    this.#ids = ids.slice();
    const found = near.find((id) => ids.includes(id));
    const place = found === undefined ? -1 : ids.indexOf(found);
    const page = (at: number): number => Math.floor(at / selectionPage) * selectionPage;
    const [first, end] = [page(Math.max(0, place - around)), page(place + around) + selectionPage];
    return {
      revision: this.#revision,
      count: ids.length,
      total: this.all.length,
      from,
      found: found === undefined ? null : { id: found, place },
      first: ids.slice(0, selectionPage),
      around: place < 0 || end <= from || end === selectionPage ? null : { from: first, ids: ids.slice(first, end) },
    };
  }
}
