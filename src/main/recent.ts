/** The projects opened lately, in `recent.json` of the user's profile. */

import { access, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import * as v from 'valibot';

import { AppError } from '../shared/errors.js';
import type { RecentProject } from '../shared/calls/project.js';
import { writeFileAtomically } from './files/atomic-file.js';

const most = 12;
const entriesSchema = v.array(v.object({ folder: v.string(), openedAt: v.number(), name: v.optional(v.string()) }));
type Entry = v.InferOutput<typeof entriesSchema>[number];

/** Remembers project folders, newest first. */
export class RecentProjects {
  readonly #file: string;
  #entries: readonly Entry[];
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, entries: readonly Entry[]) {
    this.#file = file;
    this.#entries = entries;
  }

  /** Reads `recent.json`; a list that cannot be read begins anew, the projects themselves are not concerned. */
  static async open(folder: string): Promise<RecentProjects> {
    const file = join(folder, 'recent.json');
    try {
      return new RecentProjects(file, v.parse(entriesSchema, JSON.parse(await readFile(file, 'utf8'))));
    } catch {
      return new RecentProjects(file, []);
    }
  }

  /** The list as the start screen shows it. */
  async list(): Promise<readonly RecentProject[]> {
    return Promise.all(
      this.#entries.map(async ({ folder, openedAt, name }, recent) => ({
        recent,
        name: name ?? basename(folder, '.hognose'),
        place: dirname(folder),
        openedAt,
        exists: await access(folder).then(
          () => true,
          () => false,
        ),
      })),
    );
  }

  /** @throws AppError `REFUSED` when the list has no such row. */
  folder(recent: number): string {
    const entry = this.#entries[recent];
    if (entry === undefined) throw new AppError('REFUSED', 'This project is no longer in the list.');
    return entry.folder;
  }

  /** Puts a project at the top; `name` where it is not that of its folder. */
  async remember(folder: string, name?: string): Promise<void> {
    const others = this.#entries.filter((entry) => entry.folder !== folder);
    await this.#store([{ folder, openedAt: Date.now(), name }, ...others].slice(0, most));
  }

  /** A project lies elsewhere or is called otherwise from now on: it stays one row. */
  async moved(from: string, to: string, name?: string): Promise<void> {
    const others = this.#entries.filter((entry) => entry.folder !== from && entry.folder !== to);
    await this.#store([{ folder: to, openedAt: Date.now(), name }, ...others].slice(0, most));
  }

  /** Takes a row off the list; the project on disk stays. */
  async forget(recent: number): Promise<void> {
    await this.#store(this.#entries.filter((_entry, index) => index !== recent));
  }

  async #store(entries: readonly Entry[]): Promise<void> {
    this.#entries = entries;
    const text = `${JSON.stringify(entries, null, 2)}\n`;
    this.#writing = this.#writing.catch(() => undefined).then(() => writeFileAtomically(this.#file, text));
    await this.#writing;
  }
}
