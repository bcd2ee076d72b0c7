/** The open project: its names, counts and mapping, and how projects are opened and closed. */

import {
  classIndex,
  type ClassIndex,
  type LabelIndex,
  type ProjectCounts,
  type ProjectFigures,
  type ProjectSummary,
} from '../../shared/audit.js';
import type { ClassOrder } from '../../shared/class-order.js';
import { type ErrorData, toAppError } from '../../shared/errors.js';
import type { Events } from '../../shared/events.js';
import type { AppInfo } from '../../shared/calls/app.js';
import type { RecentProject } from '../../shared/calls/project.js';
import { labelStyle } from '../../shared/label-style.js';
import { labelInSentence, type ReadableNames, readableNames } from '../../shared/readable-names.js';
import type { Client } from './client.js';
import {
  classesByLabel,
  type CorrectionOption,
  distinctOptions,
  labelsByClass,
  type MappingChange,
  optionsByLabel,
} from './names.js';
import type { Notices } from './notices.svelte.js';
import { type ShownSummary, shownSummary } from './shown-summary.svelte.js';

type Opening = 'demo' | 'recent' | 'dialog' | null;

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

export class ProjectState {
  readonly #client: Client;
  readonly #notices: Notices;
  #shown = $state.raw<ShownSummary | null>(null);
  #labels = $state.raw<readonly string[]>([]);
  #classes = $state.raw<readonly string[]>([]);
  #recent = $state.raw<readonly RecentProject[]>([]);
  #info = $state.raw<AppInfo | null>(null);
  #opening = $state<Opening>(null);
  #reshaping = $state.raw<Events['opening']>(null);
  #renaming = false;
  #classOfLabel = $derived(classesByLabel(this.summary?.mapping ?? []));
  #labelOfClass = $derived(labelsByClass(this.summary?.mapping ?? []));
  #style = $derived(labelStyle(this.#labels));
  #names = $state.raw<ReadableNames>(readableNames({ labels: [], model: { classes: [] }, mapping: [] }));

  #corrections = $derived.by((): readonly CorrectionOption[] => {
    const ofLabels = this.#labels.map((label, index) => ({ label, name: this.#names.labels[index] ?? label }));
    const unlabelled = Array.from(this.#classes.keys(), classIndex).filter((index) => !this.#labelOfClass.has(index));
    const ofClasses = unlabelled.map((index) => ({ label: this.correctionTo(index), name: this.className(index) }));
    return distinctOptions([...ofLabels, ...ofClasses]);
  });

  #optionOf = $derived(optionsByLabel(this.#corrections));

  constructor(client: Client, notices: Notices) {
    this.#client = client;
    this.#notices = notices;
  }

  get summary(): ProjectSummary | null {
    return this.#shown?.summary ?? null;
  }

  get counts(): ProjectCounts | null {
    return this.summary?.counts ?? null;
  }

  /** Names of the dataset's labels; the same array as long as the names are the same. */
  get labels(): readonly string[] {
    return this.#labels;
  }

  /** Names of the model's classes. */
  get classes(): readonly string[] {
    return this.#classes;
  }

  get recent(): readonly RecentProject[] {
    return this.#recent;
  }

  get info(): AppInfo | null {
    return this.#info;
  }

  /** What is being opened now; the start screen waits meanwhile. */
  get opening(): Opening {
    return this.#opening;
  }

  /** A label as it is read; see {@link readableNames}. */
  labelName(label: LabelIndex | null): string {
    return label === null ? 'No label' : (this.#names.labels[label] ?? `Label ${String(label)}`);
  }

  /** A class as it is read. */
  className(classIndex: ClassIndex): string {
    return this.#names.classes[classIndex] ?? `Class ${String(classIndex)}`;
  }

  /** The same without synonyms, for sentences. */
  shortClassName(classIndex: ClassIndex): string {
    return this.#names.shortClasses[classIndex] ?? this.className(classIndex);
  }

  /** What a label is called in a sentence about classes. */
  labelInSentence(label: LabelIndex, labelClass: ClassIndex | null): string {
    return labelInSentence(this.labelName(label), labelClass, this.#names);
  }

  /** A label that a verdict carries, as it is read. */
  correctionName(label: string): string {
    return this.#names.stored(label);
  }

  /** Every label that a correction may be, the dataset's first, then the classes that none of them maps to. */
  get corrections(): readonly CorrectionOption[] {
    return this.#corrections;
  }

  /** A label that a correction may be, by how it is written. */
  correctionOption(label: string): CorrectionOption | undefined {
    return this.#optionOf.get(label);
  }

  /** What a correction to this class is written as: the label that maps to it, else a new one in the style of the dataset's. */
  correctionTo(classIndex: ClassIndex): string {
    const label = this.#labelOfClass.get(classIndex);
    if (label !== undefined) return this.#labels[label] ?? '';
    const synset = this.summary?.model.synsets[classIndex];
    return this.#style({ name: this.className(classIndex), synset });
  }

  /** The model class a label maps to, or null. */
  classOf(label: LabelIndex | null): ClassIndex | null {
    return label === null ? null : (this.#classOfLabel.get(label) ?? null);
  }

  /** Takes a summary as told by the main process. True when another project was opened or this one closed. */
  set(next: ProjectSummary | null): boolean {
    const before = this.summary;
    this.#shown = next === null ? null : shownSummary(next);
    const labels = next?.labels ?? [];
    const classes = next?.model.classes ?? [];
    if (!sameNames(labels, this.#labels)) this.#labels = labels;
    if (!sameNames(classes, this.#classes)) this.#classes = classes;
    this.#nameAnew(next, before);
    if (this.#renaming && before !== null && next !== null) return false;
    return before?.name !== next?.name || before?.datasetPath !== next?.datasetPath;
  }

  /** Takes figures that changed; names, mapping and model are as they were. */
  follow(figures: ProjectFigures): void {
    this.#shown?.follow(figures);
  }

  /** How far the project that is being opened was brought into the shape of this version; null when nothing of that is under way. */
  get reshaping(): Events['opening'] {
    return this.#reshaping;
  }

  /** Takes how far that is. */
  reshape(reshaping: Events['opening']): void {
    this.#reshaping = reshaping;
  }

  async loadStart(): Promise<void> {
    const [info, recent] = await Promise.all([
      this.#client.call('app.info', undefined),
      this.#client.call('project.recent', undefined),
    ]);
    this.#info = info;
    this.#recent = recent;
  }

  /** The provider is known only once the engine has run, so it is asked for again. */
  async refreshInfo(): Promise<void> {
    this.#info = await this.#client.call('app.info', undefined);
  }

  openDemo(): Promise<ProjectSummary | null> {
    return this.#open('demo', () => this.#client.call('project.openDemo', undefined));
  }

  openRecent(recent: number): Promise<ProjectSummary | null> {
    return this.#open('recent', () => this.#client.call('project.openRecent', { recent }));
  }

  openDialog(): Promise<ProjectSummary | null> {
    return this.#open('dialog', () => this.#client.call('project.openDialog', undefined));
  }

  /** Writes the project to a folder that the person chooses and opens it there; null when they cancelled or it failed. */
  async saveCopy(): Promise<ProjectSummary | null> {
    try {
      return await this.#client.call('project.saveCopy', undefined);
    } catch (error) {
      this.#notices.fail(error);
      return null;
    }
  }

  /** Gives the project another name; why it cannot be, or null. */
  async rename(name: string): Promise<ErrorData | null> {
    this.#renaming = true;
    try {
      this.set(await this.#client.call('project.rename', { name }));
      return null;
    } catch (error) {
      return toAppError(error).toData();
    } finally {
      this.#renaming = false;
    }
  }

  async forget(recent: number): Promise<void> {
    await this.#guard(async () => {
      this.#recent = await this.#client.call('project.forget', { recent });
    });
  }

  async close(): Promise<void> {
    await this.#guard(async () => {
      await this.#client.call('project.close', undefined);
      this.#recent = await this.#client.call('project.recent', undefined);
    });
  }

  /** Lists the dataset again: new, gone and overwritten images are noticed, and predicted. */
  async rescan(): Promise<void> {
    await this.#guard(async () => {
      this.set(await this.#client.call('project.rescan', undefined));
    });
  }

  /** Asks where the dataset is now and goes on there. */
  async relink(): Promise<void> {
    await this.#guard(async () => {
      const relinked = await this.#client.call('project.relink', undefined);
      if (relinked !== null) this.set(relinked);
    });
  }

  /** Saves a changed mapping; scores follow. */
  async setMapping(rows: readonly MappingChange[]): Promise<void> {
    await this.#guard(async () => {
      this.set(await this.#client.call('project.setMapping', { rows: [...rows] }));
    });
  }

  /** Takes the classes of a nameless model in the order that the person says. */
  async setClassOrder(order: ClassOrder): Promise<void> {
    await this.#guard(async () => {
      this.set(await this.#client.call('project.setClassOrder', { order }));
    });
  }

  /** Takes the mapping from a file that the person chooses. */
  async importMapping(): Promise<void> {
    await this.#guard(async () => {
      this.set(await this.#client.call('project.importMapping', undefined));
    });
  }

  /** Writes the mapping where the person says; the name of the file, null when they cancelled or it failed. */
  async exportMapping(): Promise<string | null> {
    try {
      return await this.#client.call('project.exportMapping', undefined);
    } catch (error) {
      this.#notices.fail(error);
      return null;
    }
  }

  /** Summaries come ten times a second while images are predicted; names rarely change. */
  #nameAnew(next: ProjectSummary | null, before: ProjectSummary | null): void {
    const known =
      next !== null &&
      before !== null &&
      sameNames(next.labels, before.labels) &&
      sameNames(next.model.classes, before.model.classes) &&
      next.mapping.length === before.mapping.length &&
      next.mapping.every((row, index) => row.classIndex === before.mapping[index]?.classIndex);
    if (known) return;
    const { labels, model, mapping } = next ?? { labels: [], model: { classes: [] }, mapping: [] };
    this.#names = readableNames({ labels, model, mapping });
  }

  async #open(what: Opening, open: () => Promise<ProjectSummary | null>): Promise<ProjectSummary | null> {
    if (this.#opening !== null) return null;
    this.#opening = what;
    try {
      return await open();
    } catch (error) {
      this.#notices.fail(error);
      return null;
    } finally {
      this.#opening = null;
    }
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#notices.fail(error);
    }
  }
}
