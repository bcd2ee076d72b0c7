/** The tables that lie in a dataset: which could give labels, which are taken, and why the others are not. */

import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';

import { AppError } from '../../shared/errors.js';
import { isClassListName } from './class-list.js';
import { kindOfName } from './file-kinds.js';
import type { FileIndex } from './file-index.js';
import { isSplitName, splitInName } from './split-names.js';
import type { Survey } from './survey.js';
import { type Columns, findColumns } from './table-columns.js';
import { readTableHead, type TableForm, type TableHead } from './table-file.js';
import type { Warnings } from './warnings.js';

/** A table that can give labels. */
export interface LabelSource {
  readonly path: string;
  /** Relative to the root where it lies in it; for messages. */
  readonly file: string;
  readonly form: TableForm;
  readonly columns: Columns;
  /** Rows at its beginning whose file is here. */
  readonly matched: number;
  /** How little its name says that these are the labels, from 0. */
  readonly rank: number;
  /** The split of rows that name none. */
  readonly split: string | null;
  /** Folders that its paths may be relative to, absolute, the likeliest first. */
  readonly folders: readonly string[];
}

/** Why a table gives no labels: a phrase after 'because', or the error that reading it gave. */
interface Refusal {
  readonly file: string;
  readonly why: string | AppError;
}

/** Tables that are looked into; a folder with one for every image has more. */
const tablesRead = 60;

/** Names that say 'these are the labels', most telling first. */
const tellingNames = ['labels', 'label', 'metadata', 'annotations', 'train', 'dataset', 'data', 'index'];
const tellingWords = new Set([
  ...tellingNames,
  'annotation',
  'truth',
  'groundtruth',
  'val',
  'valid',
  'validation',
  'test',
]);
/** Words of tables that programs wrote about a dataset. */
const derivedWords = new Set(
  'prediction predictions pred preds submission sample findings results result output outputs'.split(' '),
);
/** Ranks of names with a telling word in them, of others, and of those that say that these are no labels. */
const ranks = { word: tellingNames.length, other: 2 * tellingNames.length, derived: 99 } as const;

const stemOf = (path: string): string => basename(path, extname(path));

function wordsOf(stem: string): readonly string[] {
  return stem
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
}

function rankOf(path: string): number {
  const stem = stemOf(path);
  const place = tellingNames.indexOf(stem.toLowerCase());
  if (place >= 0) return place;
  const words = wordsOf(stem);
  if (words.some((word) => derivedWords.has(word))) return ranks.derived;
  return words.some((word) => tellingWords.has(word)) ? ranks.word : ranks.other;
}

const isInside = (root: string, folder: string): boolean => folder === root || folder.startsWith(root + sep);

/** Where a table's paths may begin: in its folder, in a folder of its name or split, in the root. */
function foldersOf(path: string, root: string, armed: boolean): readonly string[] {
  if (armed) return [root];
  const own = dirname(path);
  const split = splitInName(stemOf(path));
  const named = [join(own, stemOf(path)), ...(split === null ? [] : [join(own, split)])];
  const near = [own, ...named.filter((folder) => existsSync(folder))];
  return isInside(root, own) ? [...new Set([...near, root])] : [root, own];
}

function splitOf(file: string): string | null {
  const folders = file.split('/').slice(0, -1);
  return folders.find(isSplitName) ?? splitInName(stemOf(file));
}

/** The columns of a table of another place. */
async function columnsByEnds(
  records: TableHead['records'],
  keys: readonly string[] | null,
  index: FileIndex,
): Promise<ReturnType<typeof findColumns>> {
  const endsLike = await index.endsLike();
  return findColumns(records, keys, (cell) => (/[\\/.]/.test(cell) && endsLike(cell) ? 'end' : null));
}

/** Looks into one table. @throws AppError `LABELS_INVALID` when it cannot be read. */
export async function inspectTable(path: string, root: string, index: FileIndex): Promise<LabelSource | string> {
  const { form, records } = await readTableHead(path);
  const keys = form.kind === 'delimited' ? null : form.keys;
  const folders = foldersOf(path, root, false);
  const direct = findColumns(records, keys, (cell) => {
    const found = index.find(cell, folders);
    return found.image === null ? null : found.by;
  });
  const found = direct.matched > 0 ? direct : await columnsByEnds(records, keys, index);
  if (!found.ok) return found.why;
  const file = isInside(root, path) ? relative(root, path).split(sep).join('/') : basename(path);
  const { columns, matched } = found;
  return {
    ...{ path, file, form, columns, matched },
    rank: rankOf(path),
    split: splitOf(file),
    folders: foldersOf(path, root, columns.armed),
  };
}

/** What the first rows of a table hold, for the message that it cannot be used. */
export async function describeHead(path: string): Promise<string> {
  const { form, records } = await readTableHead(path);
  const cells = (form.kind === 'delimited' ? (records[0] ?? []) : form.keys)
    .slice(0, 8)
    .map((cell) => `"${cell.trim().slice(0, 40)}"`);
  return cells.length === 0 ? 'It is empty.' : `Its first row holds ${cells.join(', ')}.`;
}

const depthOf = ({ file }: LabelSource): number => file.split('/').length;
const keyOf = ({ file }: LabelSource): string => (splitInName(stemOf(file)) === null ? stemOf(file).toLowerCase() : '');

/** All tables of a dataset, looked into once. */
export class Tables {
  readonly #usable: readonly LabelSource[];
  readonly #refused: readonly Refusal[];
  readonly #unseen: readonly string[];

  private constructor(usable: readonly LabelSource[], refused: readonly Refusal[], unseen: readonly string[]) {
    this.#usable = usable;
    this.#refused = refused;
    this.#unseen = unseen;
  }

  static async inspect(survey: Survey, index: () => Promise<FileIndex>): Promise<Tables> {
    const telling = (file: string): number => Math.min(rankOf(file), ranks.other) + (file.endsWith('.txt') ? 1 : 0);
    // The survey has those of near folders first, and sorting keeps that.
    const files = survey.images.size === 0 ? [] : survey.tables.toSorted((a, b) => telling(a) - telling(b));
    const usable: LabelSource[] = [];
    const refused: Refusal[] = [];
    for (const file of files.slice(0, tablesRead)) {
      const isText = kindOfName(file) === 'table' && file.toLowerCase().endsWith('.txt');
      const found = await inspectTable(resolve(survey.root, file), survey.root, await index()).catch(
        (error: unknown) => {
          if (error instanceof AppError) return error;
          throw error;
        },
      );
      if (typeof found !== 'string' && !(found instanceof AppError)) {
        // A text with commas is a table only when it names files; a JSON list of class names never is.
        const isTable = isText ? found.matched > 0 : !isClassListName(basename(file));
        if (isTable) usable.push(found);
      } else if (!isText && !isClassListName(basename(file))) {
        refused.push({ file, why: found });
      }
    }
    const unseen = files.slice(tablesRead).filter((file) => !file.toLowerCase().endsWith('.txt'));
    return new Tables(usable, refused, unseen);
  }

  /**
   * The tables that give the labels together: the nearest to the root, the most telling; several where each is of one
   * split (`train.csv` and `test.csv`, or `metadata.csv` in every folder). Empty when there is none.
   */
  choose(): readonly LabelSource[] {
    const pool = this.#usable.filter(({ rank }) => rank < ranks.derived);
    const best = pool.toSorted(
      (a, b) => Number(b.matched > 0) - Number(a.matched > 0) || depthOf(a) - depthOf(b) || a.rank - b.rank,
    )[0];
    if (best === undefined) return [];
    const near = depthOf(best) === 1;
    const same = pool.filter((source) => (depthOf(source) === 1) === near && keyOf(source) === keyOf(best));
    const together = near && keyOf(best) !== '' ? [best] : [best, ...same.filter((source) => source !== best)];
    const taken = new Set<string>();
    return together.filter((source) => {
      const place = `${dirname(source.file)}/${splitInName(stemOf(source.file)) ?? keyOf(source)}`;
      const first = !taken.has(place);
      taken.add(place);
      return first;
    });
  }

  /** How surely {@link choose} gives the labels: above 0.8 more surely than folders that look like classes. */
  certainty(): number {
    const [best] = this.choose();
    if (best === undefined) return 0;
    if (best.matched === 0) return 0.3;
    const telling = best.rank <= ranks.word && best.columns.guessed === null;
    if (depthOf(best) === 1) return telling ? 0.95 : 0.6;
    return telling ? 0.9 : 0.4;
  }

  /** Notes the tables that are not among those used, and why. */
  noteUnused(used: readonly LabelSource[], why: string, warnings: Warnings): void {
    const paths = new Set(used.map(({ path }) => path));
    for (const { path, file } of this.#usable) {
      if (paths.has(path)) continue;
      const wayOut = used.length > 0 ? '' : 'Give one as the table of labels (--labels) to take its labels.';
      warnings.note(used.length > 0 ? why : `Tables of labels that were not used, ${why}`, file, wayOut);
    }
    for (const { file, why: refusal } of this.#refused) {
      if (refusal instanceof AppError) {
        warnings.note('Tables that could not be read', file, `${refusal.message} ${refusal.hint}`.trim());
      } else {
        warnings.note(
          `Tables that were not used, because ${refusal}`,
          file,
          'Name the columns path and label if it has them.',
        );
      }
    }
    for (const file of this.#unseen) warnings.note('Tables that were not looked into', file);
  }

  /** Why there is no table to choose, as a sentence with a space before it; empty when none lies there. */
  whyNone(): string {
    const [first] = this.#refused;
    if (first === undefined) return '';
    return first.why instanceof AppError ? ` ${first.why.message}` : ` "${first.file}" cannot be used: ${first.why}.`;
  }
}
