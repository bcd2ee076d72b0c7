/** The names behind the gallery: where a text is found in files, labels and classes, and the order of file names. */

import { readableNames } from '../../shared/readable-names.js';
import type { FileNames } from '../table/file-names.js';
import type { NameIndex, TextHits } from '../table/image-table.js';
import type { ProjectInfo } from './project-info.js';

export class GalleryNames implements NameIndex {
  readonly #files: FileNames;
  /** As they are written and as they are read, by which a text finds them alike. */
  readonly #labels: readonly string[];
  readonly #classes: readonly string[];

  /** @param files the names of all images by slot */
  constructor(files: FileNames, info: Pick<ProjectInfo, 'labels' | 'model' | 'mapping'>) {
    this.#files = files;
    const read = readableNames(info);
    const both = (written: readonly string[], readable: readonly string[]): readonly string[] =>
      written.map((name, index) => `${name}\n${readable[index] ?? ''}`.toLowerCase());
    this.#labels = both(info.labels, read.labels);
    this.#classes = both(info.model.classes, read.classes);
  }

  search(text: string): TextHits {
    const wanted = text.toLowerCase();
    const hits = (names: readonly string[]): Uint8Array =>
      Uint8Array.from(names, (name) => (name.includes(wanted) ? 1 : 0));
    return { files: this.#files.containing(text), labels: hits(this.#labels), classes: hits(this.#classes) };
  }

  fileRanks(): Uint32Array {
    return this.#files.ranks();
  }
}
