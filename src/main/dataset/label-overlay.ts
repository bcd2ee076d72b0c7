/** Puts the rows of tables onto the files of a dataset: which row belongs to which file, and which to none. */

import { setImmediate } from 'node:timers/promises';

import type { FileIndex } from './file-index.js';
import { type LabelRow, readLabelRows } from './label-rows.js';
import type { LabelSource } from './tables.js';
import type { Warnings } from './warnings.js';

/** The rows of tables by the file they belong to. */
export interface LabelOverlay {
  readonly rows: ReadonlyMap<string, LabelRow>;
  /** All labels that rows give, those of missing files too. */
  readonly labels: ReadonlySet<string>;
  /** A file that a row named although it is not here; null when all are. */
  readonly stray: string | null;
}

class Overlay implements LabelOverlay {
  readonly rows = new Map<string, LabelRow>();
  readonly labels = new Set<string>();
  stray: string | null = null;
  readonly #index: FileIndex;
  readonly #warnings: Warnings;

  constructor(index: FileIndex, warnings: Warnings) {
    this.#index = index;
    this.#warnings = warnings;
  }

  async add(source: LabelSource): Promise<void> {
    const bad = (line: number): void => {
      this.#warnings.note(`Lines of "${source.file}" that cannot be read, passed over`, `line ${String(line)}`);
    };
    const rows = await readLabelRows(source.path, source.form, source.columns, bad);
    const found = await this.#direct(rows, source);
    const whole = found.some(({ file }) => file !== null) ? found : this.#byEnds(rows, source);
    for (const [position, { file, why }] of whole.entries()) {
      const row = rows[position];
      if (row === undefined) continue;
      if (row.label !== null) this.labels.add(row.label);
      if (file === null) this.#miss(row, why);
      else this.#take(file, { ...row, split: row.split ?? source.split });
    }
  }

  async #direct(rows: readonly LabelRow[], source: LabelSource): Promise<readonly RowFile[]> {
    const found: RowFile[] = [];
    for (const [position, row] of rows.entries()) {
      if (position % 1000 === 999) await setImmediate();
      found.push(this.#find(row.file, source));
    }
    return found;
  }

  #find(file: string, { columns, folders }: LabelSource): RowFile {
    // A table of ours names files exactly; any other spelling would be another file's.
    if (columns.armed && this.#index.has(file)) return { file, why: 'none' };
    const found = this.#index.find(file, folders);
    return found.file === null ? found : { file: found.file, why: 'none' };
  }

  /** For a table of another place: none of its paths is here, but their ends may be. */
  #byEnds(rows: readonly LabelRow[], source: LabelSource): readonly RowFile[] {
    const files = this.#index.findEnds(rows.map(({ file }) => file));
    const what = `Paths of another place in "${source.file}", whose files were found by the ends of their paths`;
    for (const [position, file] of files.entries()) {
      if (file !== null) this.#warnings.note(what, rows[position]?.file ?? '');
    }
    return files.map((file) => ({ file, why: 'none' }));
  }

  #miss({ file }: LabelRow, why: RowFile['why']): void {
    this.stray ??= file;
    if (why === 'several') this.#warnings.note('Rows that several files fit, passed over', file);
    else this.#warnings.note('Rows whose file is not there, passed over', file);
  }

  #take(file: string, row: LabelRow): void {
    const before = this.rows.get(file);
    if (before === undefined) {
      this.rows.set(file, row);
      return;
    }
    const same = before.label === row.label && before.several.join() === row.several.join();
    this.#warnings.note(
      same ? 'Files named twice with the same label' : 'Files named twice with different labels, the first counts',
      file,
    );
  }
}

interface RowFile {
  readonly file: string | null;
  readonly why: 'none' | 'several';
}

/**
 * Reads tables and finds the files of their rows.
 * @throws AppError `LABELS_INVALID` when a table cannot be read to its end.
 */
export async function overlayLabels(
  sources: readonly LabelSource[],
  index: FileIndex,
  warnings: Warnings,
): Promise<LabelOverlay> {
  const overlay = new Overlay(index, warnings);
  for (const source of sources) await overlay.add(source);
  return overlay;
}
