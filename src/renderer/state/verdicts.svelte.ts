/** Giving verdicts: one key and on, with the right label typed where one is needed, written before the screen says so, undone without end. */

import { type ImageId, type ImageRow, type VerdictKind, verdictKinds, verdictNames } from '../../shared/audit.js';
import type { VerdictOutcome } from '../../shared/ipc.js';
import { toAppError } from '../../shared/errors.js';
import type { Client } from './client.js';
import { baseName } from '../../shared/figures.js';
import type { GalleryState } from './gallery.svelte.js';
import { distinct } from './names.js';
import type { Notices } from './notices.svelte.js';
import type { ProjectState } from './project.svelte.js';
import type { RowStore } from './rows.svelte.js';
import type { SettingsState } from './settings.svelte.js';

/** A verdict that waits for its labels to be typed. */
export interface Correction {
  readonly image: ImageId;
  readonly kind: 'wrong-label' | 'several-labels';
  /** The labels chosen so far; for a wrong label at most one, which the field is filled with. */
  readonly labels: readonly string[];
  /** Names to choose from, the model's most probable first. */
  readonly options: readonly string[];
}

export class VerdictsState {
  readonly #client: Client;
  readonly #notices: Notices;
  readonly #settings: SettingsState;
  readonly #project: ProjectState;
  readonly #gallery: GalleryState;
  readonly #rows: RowStore;
  #queue: Promise<void> = Promise.resolve();
  #correction = $state.raw<Correction | null>(null);
  #waiting = $state.raw<VerdictKind | null>(null);
  #canUndo = $state(true);
  #canRedo = $state(false);
  /** What is typed as a note for the selected image and not yet written with a verdict. */
  note = $state('');

  constructor(
    client: Client,
    notices: Notices,
    settings: SettingsState,
    project: ProjectState,
    gallery: GalleryState,
    rows: RowStore,
  ) {
    this.#client = client;
    this.#notices = notices;
    this.#settings = settings;
    this.#project = project;
    this.#gallery = gallery;
    this.#rows = rows;
  }

  get correction(): Correction | null {
    return this.#correction;
  }
  /** The verdict that waits for the reviewer's name, asked for once. */
  get waiting(): VerdictKind | null {
    return this.#waiting;
  }
  get canUndo(): boolean {
    return this.#canUndo;
  }
  get canRedo(): boolean {
    return this.#canRedo;
  }

  /** Begins or gives a verdict on the selected image; presses while one is written are taken in order. */
  press(kind: VerdictKind): Promise<void> {
    return this.#enqueue(async () => {
      const id = this.#gallery.selectedId;
      if (id === null) return;
      if (this.#settings.value.reviewer.trim() === '') {
        this.#waiting = kind;
        return;
      }
      if (kind === 'wrong-label' || kind === 'several-labels') await this.#beginCorrection(id, kind);
      else await this.#give(id, kind, []);
    });
  }

  /** The reviewer's name was given: goes on with the verdict that waited for it. */
  async introduce(name: string): Promise<void> {
    const kind = this.#waiting;
    this.#waiting = null;
    if (name.trim() === '') return;
    this.#settings.change({ reviewer: name.trim() });
    await this.#settings.flush();
    if (kind !== null) await this.press(kind);
  }

  abandon(): void {
    this.#waiting = null;
    this.#correction = null;
  }

  /** The labels typed: writes the verdict. Several labels need at least two names, a wrong label needs one. */
  accept(labels: readonly string[]): Promise<void> {
    const correction = this.#correction;
    const chosen = distinct(labels.map((label) => label.trim()).filter((label) => label !== ''));
    if (correction === null || chosen.length === 0) return Promise.resolve();
    this.#correction = null;
    return this.#enqueue(() => this.#give(correction.image, correction.kind, chosen));
  }

  /** Takes the verdict of the selected image back. */
  clear(): Promise<void> {
    return this.#enqueue(async () => {
      const id = this.#gallery.selectedId;
      if (id === null) return;
      this.#took(await this.#client.call('verdict.clear', { id }));
      this.#notices.announce('Verdict cleared');
    });
  }

  undo(): Promise<void> {
    return this.#step('verdict.undo', 'Undone');
  }

  redo(): Promise<void> {
    return this.#step('verdict.redo', 'Redone');
  }

  /** Writes the note with the verdict the image already has; without one it waits for the verdict. */
  saveNote(): Promise<void> {
    return this.#enqueue(async () => {
      const id = this.#gallery.selectedId;
      if (id === null) return;
      const verdict = this.#rows.slot(id).row?.verdict;
      if (verdict === undefined || verdict === null || verdict.note === this.note.trim()) return;
      const outcome = await this.#client.call('verdict.give', {
        id,
        verdict: { kind: verdict.kind, correctedLabels: [...verdict.correctedLabels], note: this.note.trim() },
      });
      this.#took(outcome);
      this.#notices.announce('Note saved');
    });
  }

  /** Starts over for another project. */
  reset(): void {
    this.abandon();
    this.#canUndo = true;
    this.#canRedo = false;
    this.note = '';
  }

  async #beginCorrection(id: ImageId, kind: Correction['kind']): Promise<void> {
    const row = this.#rows.slot(id).row ?? (await this.#client.call('image.detail', { id }));
    const label = row.label === null ? null : this.#project.labelName(row.label);
    const top = row.prediction?.top.map((entry) => this.#project.labelOfClass(entry.classIndex)) ?? [];
    const options = distinct([...top, ...this.#project.labels]);
    const rival = top.find((name) => name !== label);
    const first = kind === 'several-labels' && label !== null ? [label] : [];
    this.#correction = { image: id, kind, labels: rival === undefined ? first : [...first, rival], options };
  }

  async #give(id: ImageId, kind: VerdictKind, labels: readonly string[]): Promise<void> {
    const here = this.#gallery.selectedId === id;
    const note = here ? this.note.trim() : '';
    const outcome = await this.#client.call('verdict.give', {
      id,
      verdict: { kind, correctedLabels: [...labels], note },
    });
    this.#took(outcome);
    const told = labels.length > 0 ? `${verdictNames[kind]}: ${labels.join(', ')}` : verdictNames[kind];
    this.#notices.announce(`${told}, key ${String(verdictKinds.indexOf(kind) + 1)}, saved`);
    if (here && this.#gallery.selectedId === id) this.#gallery.step(1);
  }

  #step(call: 'verdict.undo' | 'verdict.redo', word: string): Promise<void> {
    return this.#enqueue(async () => {
      try {
        const outcome = await this.#client.call(call, undefined);
        this.#took(outcome);
        this.#gallery.selectId(outcome.row.id);
        const verdict = outcome.row.verdict;
        const now = verdict === null ? 'no verdict' : verdictNames[verdict.kind];
        this.#notices.say(`${word}: ${baseName(outcome.row.file)}`, `Now: ${now}`);
      } catch (error) {
        const known = toAppError(error);
        if (known.code !== 'NOTHING_TO_UNDO') throw known;
        this.#notices.say(call === 'verdict.undo' ? 'Nothing to undo' : 'Nothing to redo');
        if (call === 'verdict.undo') this.#canUndo = false;
        else this.#canRedo = false;
      }
    });
  }

  #took(outcome: VerdictOutcome): ImageRow {
    this.#rows.put(outcome.row);
    this.#canUndo = outcome.canUndo;
    this.#canRedo = outcome.canRedo;
    return outcome.row;
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      this.#notices.fail(error);
    });
    return this.#queue;
  }
}
