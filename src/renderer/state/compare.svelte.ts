/** The compare view: one image, its chosen methods and classes as a sheet of maps, and two maps picked out of it. */

import type { ClassIndex, ImageId, Prediction } from '../../shared/audit.js';
import type { MethodOffer } from '../../shared/methods.js';
import type { SheetFormat, SheetLook } from '../../shared/sheet.js';
import { rowFacts, type RowId } from '../../shared/sheet-rows.js';
import { type Client, failed, type Loaded, loading, ready } from './client.js';
import { MapQueue } from './map-queue.svelte.js';
import type { Notices } from './notices.svelte.js';
import type { SettingsState } from './settings.svelte.js';
import {
  classesOf,
  type PickedMap,
  refusalsOf,
  samePlace,
  type SheetMethod,
  type SheetPlace,
  toggled,
  tookOf,
} from './sheet-parts.js';

/** Most columns of a sheet. */
const mostClasses = 20;
/** Edges of the cells that a person may choose, in pixels. */
export const cellEdges = { least: 64, most: 400 } as const;

export class CompareState {
  readonly queue: MapQueue;
  readonly #client: Client;
  readonly #notices: Notices;
  readonly #settings: SettingsState;
  #active = false;
  #id = $state.raw<ImageId | null>(null);
  #prediction = $state.raw<Prediction | null>(null);
  #offers = $state.raw<Loaded<readonly MethodOffer[]>>(loading);
  #offered = 0;
  #added = $state.raw<readonly ClassIndex[]>([]);
  #removed = $state.raw<readonly ClassIndex[]>([]);
  #picks = $state.raw<readonly SheetPlace[]>([]);
  #exporting = $state(false);
  /** Edge of the cells in pixels; null fits them to the window. */
  cell = $state<number | null>(null);
  /** The edge that fits them, as the sheet measured it. */
  fitting = $state(160);

  readonly #refusals = $derived(refusalsOf(this.#offers.state === 'ready' ? this.#offers.value : []));
  readonly #classes = $derived(classesOf(this.#prediction, this.#added, this.#removed).slice(0, mostClasses));
  readonly #rows = $derived.by(() => this.methods.map((method) => this.#row(method)));
  readonly #pair = $derived.by(() => this.#picks.flatMap((place) => this.#picked(place) ?? []));

  constructor(client: Client, notices: Notices, settings: SettingsState) {
    this.#client = client;
    this.#notices = notices;
    this.#settings = settings;
    this.queue = new MapQueue(client);
  }

  get id(): ImageId | null {
    return this.#id;
  }
  get offers(): Loaded<readonly MethodOffer[]> {
    return this.#offers;
  }
  /** Why the model cannot be explained by some methods. */
  get refusals(): ReadonlyMap<RowId, string> {
    return this.#refusals;
  }
  /** The methods of the sheet, the contrast among them, in its order: those chosen that the model allows. */
  get methods(): readonly RowId[] {
    return this.#settings.value.methods.filter((id) => !this.#refusals.has(id));
  }
  /** The classes of the sheet: the label's, the best predictions, and those added. */
  get classes(): readonly ClassIndex[] {
    return this.#classes;
  }
  get rows(): readonly SheetMethod[] {
    return this.#rows;
  }
  get picks(): readonly SheetPlace[] {
    return this.#picks;
  }
  /** The picked maps that are there: A, then B. */
  get pair(): readonly PickedMap[] {
    return this.#pair;
  }
  get exporting(): boolean {
    return this.#exporting;
  }
  get look(): SheetLook {
    const { sheetTransposed, sheetScale, colourMap, mapOpacity } = this.#settings.value;
    return { transposed: sheetTransposed, scale: sheetScale, colourMap, opacity: mapOpacity };
  }
  /** Whether another class may be added. */
  get roomy(): boolean {
    return this.#classes.length < mostClasses;
  }

  /** The view is opened: maps are fetched from now on. */
  enter(): void {
    this.#active = true;
    if (this.#offers.state !== 'ready') void this.loadOffers();
    else this.#refresh();
  }

  /** The view is left: what is under way is given up. */
  leave(): void {
    this.#active = false;
    this.#refresh();
  }

  /** Shows an image (null for none), with what the model says about it (null while that is not known). */
  show(id: ImageId | null, prediction: Prediction | null): void {
    if (id !== this.#id) this.#removed = [];
    this.#id = id;
    this.#prediction = prediction;
    this.#refresh();
  }

  /** Asks which methods the project's model allows. */
  async loadOffers(): Promise<void> {
    this.#offered += 1;
    const asked = this.#offered;
    this.#offers = loading;
    try {
      const offers = await this.#client.call('compare.methods', undefined);
      if (asked === this.#offered) this.#offers = ready(offers);
    } catch (error) {
      if (asked === this.#offered) this.#offers = failed(error);
    }
    this.#refresh();
  }

  /** Chooses the methods of the sheet, for this image and all after it. */
  setMethods(methods: readonly RowId[]): void {
    this.#settings.change({ methods: [...methods] });
    this.#picks = this.#picks.filter(({ method }) => methods.includes(method));
    this.#refresh();
  }

  toggleMethod(id: RowId): void {
    this.setMethods(toggled(this.#settings.value.methods, id));
  }

  /** Moves a method one place on or back among those shown. */
  moveMethod(id: RowId, by: 1 | -1): void {
    const shown = this.methods;
    const neighbour = shown[shown.indexOf(id) + by];
    if (neighbour === undefined) return;
    this.setMethods(
      this.#settings.value.methods.map((other) => (other === id ? neighbour : other === neighbour ? id : other)),
    );
  }

  addClass(classIndex: ClassIndex): void {
    if (this.#classes.includes(classIndex) || !this.roomy) return;
    this.#added = [...this.#added.filter((other) => other !== classIndex), classIndex];
    this.#removed = this.#removed.filter((other) => other !== classIndex);
    this.#refresh();
  }

  removeClass(classIndex: ClassIndex): void {
    const at = this.#classes.indexOf(classIndex);
    if (at < 0) return;
    this.#added = this.#added.filter((other) => other !== classIndex);
    this.#removed = [...this.#removed, classIndex];
    this.#picks = this.#picks.flatMap(({ method, column }) =>
      column === at ? [] : [{ method, column: column > at ? column - 1 : column }],
    );
    this.#refresh();
  }

  /** The label's class and the best predictions again. */
  resetClasses(): void {
    this.#added = [];
    this.#removed = [];
    this.#refresh();
  }

  /** Picks a map, or lets it go: the first is A, each further one B. */
  pick(place: SheetPlace): void {
    const others = this.#picks.filter((one) => !samePlace(one, place));
    this.#picks = others.length < this.#picks.length ? others : [...this.#picks.slice(0, 1), place];
  }

  swapPicks(): void {
    this.#picks = this.#picks.toReversed();
  }

  clearPicks(): void {
    this.#picks = [];
  }

  /** Makes the cells so many times as large. */
  zoom(factor: number): void {
    const cell = Math.round((this.cell ?? this.fitting) * factor);
    this.cell = Math.max(cellEdges.least, Math.min(cell, cellEdges.most));
  }

  /** Writes the sheet to a file that the person names. */
  async exportAs(format: SheetFormat): Promise<void> {
    const id = this.#id;
    if (id === null || this.#exporting) return;
    this.#exporting = true;
    try {
      const name = await this.#client.call('compare.export', {
        id,
        methods: [...this.methods],
        classes: [...this.#classes],
        look: this.look,
        format,
      });
      if (name !== null) this.#notices.say(`Saved ${name}`);
    } catch (error) {
      this.#notices.fail(error);
    } finally {
      this.#exporting = false;
    }
  }

  /** Other parameters or another mapping: all maps are asked for anew. */
  forget(): void {
    this.queue.clear();
    this.#offered += 1;
    this.#offers = loading;
    if (this.#active) void this.loadOffers();
  }

  /** Starts over for another project. */
  reset(): void {
    this.show(null, null);
    this.#added = [];
    this.#picks = [];
    this.forget();
  }

  #refresh(): void {
    const id = this.#id;
    const open = this.#active && this.#offers.state === 'ready';
    this.queue.want(id === null || !open ? null : { id, methods: this.methods, classes: this.#classes });
  }

  #row(id: RowId): SheetMethod {
    const facts = rowFacts(id);
    const image = this.#id;
    const columns = facts.classIndependent ? this.#classes.slice(0, 1) : this.#classes;
    const maps = columns.map((classIndex) => (image === null ? null : this.queue.map(image, id, classIndex)));
    const error = this.queue.errors.get(id) ?? null;
    const progress = this.queue.running?.method === id ? this.queue.running : null;
    const complete = maps.every((map) => map !== null);
    const idle = this.queue.stopped ? 'stopped' : 'waiting';
    const phase = complete ? 'ready' : error !== null ? 'failed' : progress !== null ? 'running' : idle;
    return { id, facts, phase, maps, progress, error, took: tookOf(maps) };
  }

  #picked({ method, column }: SheetPlace): PickedMap | null {
    const classIndex = this.#classes[column];
    const map = this.#rows.find((row) => row.id === method)?.maps[column];
    if (classIndex === undefined || map === undefined || map === null) return null;
    return { method: rowFacts(method), classIndex, map };
  }
}
