/** Reads the layout in which an image's folder is its label, with or without folders for the splits above. */

import { join, resolve } from 'node:path';

import type { Dataset, DatasetImage, DatasetReader } from './dataset.js';
import { holdsImage, readFolder, walkImages } from './image-files.js';
import { sortNaturally } from './natural-order.js';
import { isSplitName } from './split-names.js';
import { Warnings } from './warnings.js';

/** How many class folders, and how many folders inside each, are looked into to see whether they hold images. */
const foldersProbed = 20;

interface Layout {
  /** Folders that hold class folders; empty when the root itself does. */
  readonly splits: ReadonlySet<string>;
  /** Class names in natural order. */
  readonly classes: readonly string[];
  /** Whether images lie directly in the root. */
  readonly loose: boolean;
}

/**
 * Tells splits from classes: the top folders are splits when all of them are named like one, or at least two are. A
 * class called `train` among `bus` and `car` stays a class.
 */
function findSplits(folders: readonly string[]): ReadonlySet<string> {
  const named = folders.filter(isSplitName);
  return new Set(named.length >= 2 || named.length === folders.length ? named : []);
}

async function readLayout(root: string): Promise<Layout> {
  // What is unreadable is told when the images are listed, not twice.
  const ignored = new Warnings();
  const top = await readFolder(root, ignored);
  const splits = findSplits(top.folders);
  const loose = top.images.length > 0;
  if (splits.size === 0) return { splits, classes: top.folders, loose };
  const classes = new Set<string>();
  for (const split of splits) {
    for (const name of (await readFolder(join(root, split), ignored)).folders) classes.add(name);
  }
  return { splits, classes: await sortNaturally([...classes]), loose };
}

function place(file: string, layout: Layout): Pick<DatasetImage, 'label' | 'split'> {
  const folders = file.split('/').slice(0, -1);
  const [top, second] = folders;
  if (layout.splits.size === 0) return { label: top ?? null, split: null };
  if (top === undefined || !layout.splits.has(top)) return { label: null, split: null };
  return { label: second ?? null, split: top };
}

class FolderPerClass implements Dataset {
  readonly format = 'folder-per-class';
  readonly path: string;
  readonly labels: readonly string[];
  readonly #layout: Layout;
  #warnings = new Warnings();

  constructor(path: string, layout: Layout) {
    this.path = path;
    this.labels = layout.classes;
    this.#layout = layout;
  }

  get warnings(): readonly string[] {
    return this.#warnings.sentences();
  }

  async *images(): AsyncGenerator<DatasetImage, void, undefined> {
    const warnings = new Warnings();
    this.#warnings = warnings;
    const seen = new Set<string>();
    for await (const file of walkImages(this.path, warnings)) {
      const { label, split } = place(file, this.#layout);
      if (label === null) warnings.note('Images outside every class folder, listed without a label', file);
      else seen.add(label);
      yield { file, source: { path: join(this.path, file) }, label, split };
    }
    for (const label of this.labels) {
      if (!seen.has(label)) warnings.note('Class folders without an image', label);
    }
  }
}

async function anyHoldsImage(folders: readonly string[]): Promise<boolean> {
  for (const folder of folders.slice(0, foldersProbed)) {
    if (await holdsImage(folder, foldersProbed)) return true;
  }
  return false;
}

/** `root/class/.../image` or `root/split/class/.../image`; loose images are listed without a label. */
export const folderPerClass: DatasetReader = {
  format: 'folder-per-class',

  async recognise(path) {
    const { splits, classes, loose } = await readLayout(path);
    const holders = splits.size > 0 ? [...splits] : classes;
    const full = await anyHoldsImage(holders.map((name) => join(path, name)));
    if (full && classes.length > 0) return loose ? 0.5 : 0.8;
    return loose || full ? 0.2 : 0;
  },

  async open(path) {
    const root = resolve(path);
    return new FolderPerClass(root, await readLayout(root));
  },
};
