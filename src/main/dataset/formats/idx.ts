/** Reads IDX pictures with their labels, the layout of MNIST, Fashion-MNIST, KMNIST and EMNIST. */

import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { AppError } from '../../../shared/errors.js';
import { type ClassList, readClassList } from '../class-list.js';
import { correctedLabelsCsv } from '../corrected-labels-csv.js';
import type { DatasetFormat } from '../dataset-format.js';
import type { Dataset, DatasetImage } from '../dataset.js';
import { type PictureShape, readIdxLabels, readIdxShape } from '../idx-container.js';
import { kindOfName } from '../file-kinds.js';
import { FileIndex } from '../file-index.js';
import { readFolder } from '../folder-content.js';
import { type LabelOverlay, overlayLabels } from '../label-overlay.js';
import { namedTable } from '../named-table.js';
import { sortNaturally } from '../natural-order.js';
import type { Paths } from '../path-list.js';
import type { Site } from '../site.js';
import type { Survey, SurveyFolder } from '../survey.js';
import { Warnings } from '../warnings.js';

const id = 'idx';

/** `t10k-images-idx3-ubyte.gz`, `train-images.idx3-ubyte`, `emnist-digits-test-labels-idx1-ubyte` ... */
const idxName = /^(.*?)(images?|labels?)[-.]idx[134][-.]ubyte(?:\.gz)?$/i;

/** A folder with more subfolders than this is not one that keeps its data in one of them. */
const foldersProbed = 8;

interface IdxFile {
  readonly path: string;
  readonly name: string;
  /** What images and labels of one split have in common, `t10k-`. */
  readonly key: string;
  readonly holds: 'images' | 'labels';
}

interface IdxPair {
  readonly images: IdxFile;
  readonly labels: string | null;
}

/** One split, its labels read and its pictures counted. */
interface IdxPart {
  readonly path: string;
  readonly file: string;
  readonly split: string | null;
  readonly shape: PictureShape;
  readonly labels: Uint8Array | null;
}

function idxFile(folder: string, name: string): IdxFile | null {
  const match = idxName.exec(name);
  if (match === null) return null;
  const [, key = '', kind = ''] = match;
  const holds = kind.toLowerCase().startsWith('image') ? 'images' : 'labels';
  return { path: join(folder, name), name, key: key.toLowerCase(), holds };
}

/** Pairs by name. Where a file lies there both plain and compressed, the plain one is taken. */
function pairFiles(files: readonly IdxFile[]): readonly IdxPair[] {
  const pick = (holds: IdxFile['holds'], key: string): IdxFile | undefined => {
    const same = files.filter((file) => file.holds === holds && file.key === key);
    return same.find((file) => !file.name.toLowerCase().endsWith('.gz')) ?? same[0];
  };
  const keys = new Set(files.filter((file) => file.holds === 'images').map((file) => file.key));
  return [...keys].flatMap((key) => {
    const images = pick('images', key);
    return images === undefined ? [] : [{ images, labels: pick('labels', key)?.path ?? null }];
  });
}

/** The IDX files beside one that a person pointed at. */
async function filesBeside(path: string): Promise<readonly IdxFile[]> {
  const folder = dirname(path);
  const { others } = await readFolder(folder, new Warnings());
  const names = await sortNaturally(others.filter((name) => idxName.test(name)));
  return names.map((name) => idxFile(folder, name)).filter((file) => file !== null);
}

/** The pairs of a folder, else of its subfolders (`data/`, `raw/`), or the pair of an images file. */
async function findPairs({ chosen, root, containers, tree }: Survey): Promise<readonly IdxPair[]> {
  if (chosen !== root) {
    const pairs = pairFiles(await filesBeside(chosen));
    return pairs.filter(({ images, labels }) => images.path === chosen || labels === chosen);
  }
  const inFolder = ({ path }: SurveyFolder): readonly IdxFile[] =>
    containers
      .filter((file) => file.startsWith(path) && !file.slice(path.length).includes('/'))
      .map((file) => idxFile(join(root, path), file.slice(path.length)))
      .filter((file) => file !== null);
  const here = pairFiles(inFolder(tree));
  if (here.length > 0) return here;
  if (tree.images > 0 || tree.folders.length > foldersProbed) return [];
  return tree.folders.map(inFolder).flatMap(pairFiles);
}

function splitOf(key: string): string | null {
  if (/t10k|test/.test(key)) return 'test';
  if (key.includes('train')) return 'train';
  return key.includes('val') ? 'val' : null;
}

async function readPart(root: string, pair: IdxPair): Promise<IdxPart> {
  const { images } = pair;
  const shape = await readIdxShape(images.path);
  const labels = pair.labels === null ? null : await readIdxLabels(pair.labels);
  if (labels !== null && labels.length !== shape.count) {
    throw new AppError(
      'LABELS_INVALID',
      `"${images.name}" holds ${String(shape.count)} images but "${basename(pair.labels ?? '')}" ${String(labels.length)} labels.`,
      'Put the two files of one split side by side.',
    );
  }
  const file = relative(root, images.path).split(sep).join('/');
  return { path: images.path, file, split: splitOf(images.key), shape, labels };
}

function nameClasses(parts: readonly IdxPart[], given: ClassList | null, warnings: Warnings): readonly string[] {
  let highest = -1;
  for (const { labels } of parts) for (const label of labels ?? []) highest = Math.max(highest, label);
  const named = Math.max(-1, ...(given?.keys() ?? []));
  return Array.from({ length: Math.max(highest, named) + 1 }, (_, index) => {
    const name = given?.get(index);
    if (name === undefined && given !== null) warnings.note('Labels beyond the end of the class list', String(index));
    return name ?? String(index);
  });
}

/** Labels that a table gives to single pictures, `container#index`. */
interface PictureLabels {
  readonly labels: readonly string[];
  readonly overlay: LabelOverlay;
}

const memberName = (container: string, member: number): string => `${container}#${String(member)}`;

const countOf = (parts: readonly IdxPart[]): number => parts.reduce((sum, { shape }) => sum + shape.count, 0);

/** The names of all pictures, `container#index`, without a list of them. */
class Members implements Paths {
  readonly size: number;
  readonly #parts: readonly IdxPart[];

  constructor(parts: readonly IdxPart[]) {
    this.#parts = parts;
    this.size = countOf(parts);
  }

  at(index: number): string {
    let member = index;
    for (const { file, shape } of this.#parts) {
      if (member < shape.count) return memberName(file, member);
      member -= shape.count;
    }
    return '';
  }
}

class IdxDataset implements Dataset {
  readonly format = id;
  readonly path: string;
  readonly labels: readonly string[];
  readonly unlisted = [];
  readonly #parts: readonly IdxPart[];
  readonly #table: PictureLabels | null;
  readonly #warnings: Warnings;

  constructor(
    path: string,
    parts: readonly IdxPart[],
    labels: readonly string[],
    table: PictureLabels | null,
    warnings: Warnings,
  ) {
    this.path = path;
    this.labels = table?.labels ?? labels;
    this.#parts = parts;
    this.#table = table;
    this.#warnings = warnings;
  }

  get count(): number {
    return countOf(this.#parts);
  }

  get warnings(): readonly string[] {
    return this.#warnings.sentences();
  }

  async *images(): AsyncGenerator<DatasetImage, void, undefined> {
    let position = 0;
    for (const { path, file: container, split, shape, labels } of this.#parts) {
      for (let member = 0; member < shape.count; member += 1, position += 1) {
        if (member % 1000 === 999) await setImmediate();
        const file = memberName(container, member);
        const index = labels?.[member];
        const own = index === undefined ? null : (this.labels[index] ?? null);
        const label = this.#table === null ? own : this.#table.overlay.label(position);
        yield { file, source: { path, member }, label, split };
      }
    }
  }
}

function withLabelsFile(pairs: readonly IdxPair[], labelsFile: string): readonly IdxPair[] {
  const [only, ...more] = pairs;
  if (only !== undefined && more.length === 0) return [{ images: only.images, labels: resolve(labelsFile) }];
  throw new AppError(
    'LABELS_INVALID',
    `A labels file was given, but there are ${String(pairs.length)} files of images.`,
    'Choose one images file instead of the folder.',
  );
}

/** The labels of a table such as corrected-labels.csv; pictures without a row have none. */
async function tableLabels(
  parts: readonly IdxPart[],
  root: string,
  labelsFile: string,
  warnings: Warnings,
): Promise<PictureLabels> {
  const members = new Members(parts);
  const index = await FileIndex.of(root, members);
  const overlay = await overlayLabels([await namedTable(labelsFile, root, index)], index, warnings);
  if (overlay.size === 0) {
    throw new AppError(
      'LABELS_INVALID',
      `No row of "${labelsFile}" names a picture of the dataset: it names "${overlay.stray ?? ''}", the dataset holds "${members.at(0)}".`,
      'Give a file of IDX labels, or a table whose paths are written as Hognose lists them.',
    );
  }
  for (let image = 0; image < members.size; image += 1) {
    if (image % 1000 === 999) await setImmediate();
    if (overlay.has(image)) continue;
    warnings.note('Images that the label table does not name, listed without a label', members.at(image));
  }
  return { overlay, labels: await sortNaturally([...overlay.labels]) };
}

async function noteBeside({ images }: Survey, warnings: Warnings): Promise<void> {
  for (let image = 0; image < images.size; image += 1) {
    if (image % 1000 === 999) await setImmediate();
    warnings.note('Image files beside the IDX files, not used', images.at(image));
  }
}

async function open({ survey, options }: Site): Promise<Dataset> {
  const { chosen, root } = survey;
  const found = await findPairs(survey);
  const [first] = found;
  if (first === undefined) {
    throw new AppError(
      'DATASET_UNRECOGNISED',
      `There are no IDX images in "${chosen}".`,
      'Choose a folder with a file such as train-images-idx3-ubyte.gz, or that file.',
    );
  }
  const { labelsFile } = options;
  const table = labelsFile !== undefined && kindOfName(labelsFile) === 'table' ? labelsFile : null;
  const pairs = labelsFile === undefined || table !== null ? found : withLabelsFile(found, labelsFile);
  const warnings = new Warnings();
  const parts: IdxPart[] = [];
  for (const pair of pairs) {
    if (pair.labels === null) warnings.note('Images without a labels file beside them', pair.images.name);
    parts.push(await readPart(root, pair));
  }
  await noteBeside(survey, warnings);
  const names = nameClasses(parts, await readClassList(dirname(first.images.path)), warnings);
  const given = table === null ? null : await tableLabels(parts, root, table, warnings);
  return new IdxDataset(chosen, parts, names, given, warnings);
}

/** `*-images-idx3-ubyte[.gz]` with `*-labels-idx1-ubyte[.gz]`; colour as idx4. Files are listed as `container#index`. */
export const idx: DatasetFormat = {
  id,
  words: {
    name: 'IDX images and labels (MNIST family)',
    choice: 'an IDX file of the MNIST family',
    holds: 'IDX files',
  },
  takes: { file: 'an IDX images file', labels: true },
  exporter: correctedLabelsCsv,

  async inspect(site) {
    const certainty = (await findPairs(site.survey)).length > 0 ? 0.98 : 0;
    return { certainty, open: () => open(site) };
  },
};
