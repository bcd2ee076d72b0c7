/**
 * Giving verdicts: a key is about what is shown when it is pressed, and the next image comes at once; the verdict is
 * written before the screen says so, in the order of the keys, and undone without end.
 */

import { SvelteMap } from 'svelte/reactivity';

import { type ImageId, type VerdictKind, verdictKinds } from '../../shared/audit.js';
import { toAppError } from '../../shared/errors.js';
import { counted } from '../../shared/figures.js';
import type { VerdictOutcome, VerdictSteps } from '../../shared/calls/verdict.js';
import type { Client } from './client.js';
import { beginCorrection, type Correction, troubleWith } from './correction.js';
import type { GalleryState } from './gallery.svelte.js';
import type { Judged, NothingJudged } from './judged.js';
import { keyLabel } from './keymap.js';
import { distinct } from './names.js';
import type { Notices } from './notices.svelte.js';
import type { PicksState } from './picks.svelte.js';
import type { ProjectState } from './project.svelte.js';
import type { RowStore } from './rows.svelte.js';
import type { SettingsState } from './settings.svelte.js';
import { besidesWords, takenOverWords } from '../../shared/merge-words.js';
import { givenWords, stepWords, type Told, verdictWords, type WordsOf } from './verdict-words.js';

/** A verdict that waits for the reviewer's name. */
interface Waiting extends Judged {
  readonly kind: VerdictKind;
}

/** The states that verdicts read and move. */
export interface VerdictSurroundings {
  readonly client: Client;
  readonly notices: Notices;
  readonly settings: SettingsState;
  readonly project: ProjectState;
  readonly gallery: GalleryState;
  readonly rows: RowStore;
  readonly picks: PicksState;
  /** What a verdict would be about now. */
  readonly judged: () => Judged | NothingJudged;
  /** Makes room for the field in which the labels of a correction are chosen. */
  readonly asks: (correction: Correction) => void;
}

export class VerdictsState {
  readonly #around: VerdictSurroundings;
  readonly #words: WordsOf;
  #queue: Promise<void> = Promise.resolve();
  /** Steps that are not written yet. */
  #writing = 0;
  /** The first image whose verdict could not be written since the queue was empty. */
  #failed: ImageId | null = null;
  /** Notes that were to be written with a verdict and could not be. */
  readonly #unsaved = new SvelteMap<ImageId, string>();
  #correction = $state.raw<Correction | null>(null);
  #waiting = $state.raw<Waiting | null>(null);
  #canUndo = $state(false);
  #canRedo = $state(false);
  /** What is typed as a note for the selected image and not yet written with a verdict. */
  note = $state('');

  constructor(around: VerdictSurroundings) {
    this.#around = around;
    const { project } = around;
    this.#words = {
      label: (stored) => project.correctionName(stored),
      labelOf: (row) => project.labelName(row.label),
    };
  }

  get correction(): Correction | null {
    return this.#correction;
  }
  /** The verdict that waits for the reviewer's name, asked for once. */
  get waiting(): VerdictKind | null {
    return this.#waiting?.kind ?? null;
  }
  get canUndo(): boolean {
    return this.#canUndo;
  }
  get canRedo(): boolean {
    return this.#canRedo;
  }

  /** Begins or gives a verdict on what is shown; resolves when it is written. */
  press(kind: VerdictKind): Promise<void> {
    const judged = this.#judged();
    if (judged === null) return Promise.resolve();
    if (this.#around.settings.value.reviewer.trim() === '') {
      this.#waiting = { ...judged, kind };
      return Promise.resolve();
    }
    return this.#begin(kind, judged);
  }

  /** The reviewer's name was given: goes on with the verdict that waited for it. */
  async introduce(name: string): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (name.trim() === '') return;
    const { settings } = this.#around;
    settings.change({ reviewer: name.trim() });
    await settings.flush();
    if (waiting !== null) await this.#begin(waiting.kind, waiting);
  }

  abandon(): void {
    this.#waiting = null;
    this.#correction = null;
  }

  /** Another image is selected: a correction of the one before is given up. */
  moved(): void {
    const correction = this.#correction;
    if (correction !== null && !correction.picked && correction.ids[0] !== this.#around.gallery.selectedId) {
      this.#correction = null;
    }
  }

  /** Why these labels cannot be accepted, and what to do; null when they can. */
  trouble(labels: readonly string[]): string | null {
    if (this.#correction === null) return null;
    return troubleWith(this.#correction, cleaned(labels), (label) => this.#around.project.correctionName(label));
  }

  /** The labels chosen: writes the verdict. */
  accept(labels: readonly string[]): Promise<void> {
    const correction = this.#correction;
    if (correction === null || this.trouble(labels) !== null) return Promise.resolve();
    this.#correction = null;
    return this.#give(correction.kind, correction, cleaned(labels));
  }

  /** Takes the verdict on what is shown back. */
  clear(): Promise<void> {
    const judged = this.#judged();
    if (judged === null) return Promise.resolve();
    const { client, notices, picks } = this.#around;
    if (judged.picked) picks.release(judged.ids);
    return this.#enqueue(judged, async () => {
      const outcome = await client.call('verdict.clear', { ids: [...judged.ids] });
      this.#took(outcome);
      if (outcome.changes.length === 0) notices.say('There is no verdict of yours to take back');
      else if (judged.picked) notices.say(`${counted(outcome.changes.length, 'verdict')} taken back`);
      else notices.announce('Verdict taken back');
    });
  }

  undo(): Promise<void> {
    return this.#step('verdict.undo', 'Undone');
  }

  redo(): Promise<void> {
    return this.#step('verdict.redo', 'Redone');
  }

  /** The note to show for an image whose verdict carries `stored`. */
  noteOf(id: ImageId | undefined, stored: string): string {
    return (id === undefined ? undefined : this.#unsaved.get(id)) ?? stored;
  }

  /** Writes the note with the verdict the image already has; without one it waits for the verdict. */
  saveNote(): Promise<void> {
    const { client, notices, gallery, rows } = this.#around;
    const id = gallery.selectedId;
    const note = this.note.trim();
    const verdict = id === null ? null : (rows.slot(id).row?.verdict ?? null);
    if (id === null || verdict === null || verdict.note === note) return Promise.resolve();
    return this.#enqueue(
      { ids: [id], picked: false },
      async () => {
        const { kind, correctedLabels } = verdict;
        const given = { kind, correctedLabels: [...correctedLabels], note };
        this.#took(await client.call('verdict.give', { ids: [id], verdict: given }));
        this.#unsaved.delete(id);
        notices.announce('Note saved');
      },
      note,
    );
  }

  /** Takes over what was decided in another copy of the project. */
  async merge(): Promise<void> {
    const { client, notices } = this.#around;
    try {
      const outcome = await client.call('verdict.merge', undefined);
      if (outcome === null) return;
      const stays = outcome.verdicts === 0 ? '' : 'Undo takes back your own verdicts only.';
      notices.say(takenOverWords(outcome), `${besidesWords(outcome)} ${stays}`.trim());
    } catch (error) {
      notices.fail(error);
    }
  }

  /** A project was opened: asks what of earlier sittings can be taken back and done again. */
  async load(): Promise<void> {
    try {
      this.#can(await this.#around.client.call('verdict.steps', undefined));
    } catch (error) {
      this.#around.notices.fail(error);
    }
  }

  /** Starts over for another project. */
  reset(): void {
    this.abandon();
    this.#unsaved.clear();
    this.#failed = null;
    this.#can({ canUndo: false, canRedo: false });
    this.note = '';
  }

  /** What a verdict is about now; null after saying why it is about nothing. */
  #judged(): Judged | null {
    const judged = this.#around.judged();
    if ('ids' in judged) return judged;
    this.#around.notices.say(judged.why, judged.hint);
    if (judged.outOfView === true) this.#around.gallery.reveal();
    return null;
  }

  #begin(kind: VerdictKind, judged: Judged): Promise<void> {
    if (kind !== 'wrong-label' && kind !== 'several-labels') {
      this.#correction = null;
      return this.#give(kind, judged, []);
    }
    const { rows, project } = this.#around;
    const known = judged.ids.flatMap((id) => rows.slot(id).row ?? []);
    this.#correction = beginCorrection(kind, judged, known, project);
    this.#around.asks(this.#correction);
    return Promise.resolve();
  }

  /** Goes on to the next image, and writes. */
  #give(kind: VerdictKind, judged: Judged, labels: readonly string[]): Promise<void> {
    const { client, notices, gallery, picks, settings } = this.#around;
    const here = !judged.picked && gallery.selectedId === judged.ids[0];
    const note = here ? this.note.trim() : '';
    if (judged.picked) picks.release(judged.ids);
    else if (here) {
      this.note = '';
      gallery.step(1);
    }
    const verdict = { kind, correctedLabels: [...labels], note };
    return this.#enqueue(
      judged,
      async () => {
        const outcome = await client.call('verdict.give', { ids: [...judged.ids], verdict });
        this.#took(outcome);
        for (const id of judged.ids) this.#unsaved.delete(id);
        if (judged.picked) this.#tell(givenWords(outcome, keyLabel('undo', settings.value.keys), this.#words));
        else {
          const told = verdictWords(kind, labels, this.#words.label);
          notices.announce(`${told}, key ${String(verdictKinds.indexOf(kind) + 1)}, saved`);
        }
      },
      note,
    );
  }

  #step(call: 'verdict.undo' | 'verdict.redo', word: 'Undone' | 'Redone'): Promise<void> {
    const { client, notices, gallery } = this.#around;
    return this.#enqueue(null, async () => {
      try {
        const outcome = await client.call(call, undefined);
        this.#took(outcome);
        const [first] = outcome.changes;
        const at = first === undefined ? -1 : await this.#placeNow(first.row.id);
        const place = at < 0 ? null : { at: at + 1, of: gallery.count };
        this.#tell(stepWords(word, outcome, place, this.#words));
      } catch (error) {
        const known = toAppError(error);
        if (known.code !== 'NOTHING_TO_UNDO') throw known;
        notices.say(call === 'verdict.undo' ? 'Nothing to undo' : 'Nothing to redo');
        if (call === 'verdict.undo') this.#canUndo = false;
        else this.#canRedo = false;
      }
    });
  }

  /** Selects an image that a step concerned; its place. The step may have brought it into the list. */
  async #placeNow(id: ImageId): Promise<number> {
    const { gallery } = this.#around;
    const at = await gallery.selectId(id);
    if (at >= 0) return at;
    await gallery.reload();
    return gallery.selectId(id);
  }

  #tell({ message, hint }: Told): void {
    this.#around.notices.say(message, hint);
  }

  #took(outcome: VerdictOutcome): void {
    for (const { row } of outcome.changes) this.#around.rows.put(row);
    this.#can(outcome);
  }

  #can({ canUndo, canRedo }: VerdictSteps): void {
    this.#canUndo = canUndo;
    this.#canRedo = canRedo;
  }

  /** Writes after everything before; what could not be written is shown again once the queue is empty. */
  #enqueue(judged: Judged | null, write: () => Promise<void>, note = ''): Promise<void> {
    const { notices, gallery, picks } = this.#around;
    this.#writing += 1;
    this.#queue = this.#queue.then(write).catch((error: unknown) => {
      notices.fail(error);
      const [id] = judged?.ids ?? [];
      if (judged === null || id === undefined) return;
      if (judged.picked) picks.restore(judged.ids);
      else {
        if (note !== '') this.#unsaved.set(id, note);
        this.#failed ??= id;
      }
    });
    this.#queue = this.#queue.then(() => {
      this.#writing -= 1;
      if (this.#writing > 0 || this.#failed === null) return;
      void gallery.selectId(this.#failed);
      this.#failed = null;
    });
    return this.#queue;
  }
}

/** Without spaces around them, empty ones and repetitions. */
function cleaned(labels: readonly string[]): string[] {
  return distinct(labels.map((label) => label.trim()).filter((label) => label !== ''));
}
