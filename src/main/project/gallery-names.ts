/** The names behind the gallery: which images a text finds, and the order of file names; remembered until images or labels change. */

import { readableNames } from '../../shared/readable-names.js';
import type { NameIndex } from '../table/image-table.js';
import type { FileNames } from '../table/file-names.js';
import type { ImageColumns } from '../table/image-columns.js';
import type { ImageTables } from './images.js';
import type { ProjectInfo } from './project-info.js';

export class GalleryNames implements NameIndex {
  readonly #columns: ImageColumns;
  readonly #files: FileNames;
  /** As they are written and as they are read, by which a text finds them alike. */
  readonly #labels: readonly string[];
  readonly #classes: readonly string[];

  constructor({ facts, names }: ImageTables, info: Pick<ProjectInfo, 'labels' | 'model' | 'mapping'>) {
    this.#columns = facts;
    this.#files = names;
    const read = readableNames(info);
    const both = (written: readonly string[], readable: readonly string[]): readonly string[] =>
      written.map((name, index) => `${name}\n${readable[index] ?? ''}`);
    this.#labels = both(info.labels, read.labels);
    this.#classes = both(info.model.classes, read.classes);
  }

  matching(text: string): Uint8Array {
    const columns = this.#columns;
    const found = Uint8Array.from(this.#files.containing(text));
    const wanted = text.toLowerCase();
    const hits = (names: readonly string[]): Uint8Array =>
      Uint8Array.from(names, (name) => (name.toLowerCase().includes(wanted) ? 1 : 0));
    const labels = hits(this.#labels);
    const classes = hits(this.#classes);
    for (let slot = 0; slot < columns.size; slot += 1) {
      if (labels[columns.label[slot] ?? -1] === 1 || classes[columns.top1[slot] ?? -1] === 1) found[slot] = 1;
    }
    return found;
  }

  fileRanks(): Uint32Array {
    return this.#files.ranks();
  }
}
