/** What a new audit says of its dataset before a project is made of it: figures and a few images, nothing an image. */

import type { Progress } from '../../shared/progress.js';
import type { Dataset, DatasetImage } from '../dataset/dataset.js';
import { readDataset } from '../dataset/registry.js';
import { untilDone } from './until-done.js';

/** Images that are previewed. */
const previewed = 10;
/** Images between two pauses: a few milliseconds of work. */
const portion = 1000;

/** A dataset to be looked at. */
export interface DatasetWish {
  readonly path: string;
  /** A table of labels that lies elsewhere. */
  readonly labelsFile: string | null;
  /** Id of its format; null where that is to be recognised. */
  readonly format: string | null;
}

/** So many images have a label, or belong to a split. */
export interface NameCount {
  readonly name: string;
  readonly count: number;
}

/** How many images there are of what, and a few of them. */
export interface DatasetCounts {
  readonly images: number;
  /** All labels in a stable order, those without an image too. */
  readonly labels: readonly NameCount[];
  /** Images with a label. */
  readonly labelled: number;
  readonly splits: readonly NameCount[];
  /** Images spread evenly over the dataset; all of them where there are few. */
  readonly preview: readonly DatasetImage[];
}

export interface DatasetDescription extends DatasetCounts {
  /** As the person named it. */
  readonly path: string;
  /** Id of its format. */
  readonly format: string;
  /** Ids of the formats that fit, surest first. */
  readonly candidates: readonly string[];
  readonly warnings: readonly string[];
}

/** Counts names, in the order in which they come up. */
class NameCounts {
  readonly #counts = new Map<string, number>();
  all = 0;

  add(name: string | null): void {
    if (name === null) return;
    this.#counts.set(name, this.of(name) + 1);
    this.all += 1;
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  list(): readonly NameCount[] {
    return Array.from(this.#counts, ([name, count]) => ({ name, count }));
  }
}

/** The places of the previewed among so many images. */
function previewPlaces(images: number): ReadonlySet<number> {
  const count = Math.min(previewed, images);
  return new Set(Array.from({ length: count }, (_, at) => Math.floor(((at + 0.5) * images) / count)));
}

/** Lists an open dataset once. */
export async function* countImages(dataset: Dataset): AsyncGenerator<Progress, DatasetCounts, void> {
  const labels = new NameCounts();
  const splits = new NameCounts();
  const places = previewPlaces(dataset.count);
  const preview: DatasetImage[] = [];
  let done = 0;
  for await (const image of dataset.images()) {
    labels.add(image.label);
    splits.add(image.split);
    if (places.has(done)) preview.push(image);
    done += 1;
    if (done % portion === 0) yield { done, total: dataset.count };
  }
  return {
    images: done,
    labels: dataset.labels.map((name) => ({ name, count: labels.of(name) })),
    labelled: labels.all,
    splits: splits.list(),
    preview,
  };
}

/**
 * Lists a dataset once; no image is opened.
 * @throws AppError `DATASET_*`, `LABELS_INVALID`, `BAD_USAGE` where the format is not known.
 */
export async function* describeDataset({
  path,
  labelsFile,
  format,
}: DatasetWish): AsyncGenerator<Progress, DatasetDescription, void> {
  const options = { labelsFile: labelsFile ?? undefined, format: format ?? undefined };
  const { dataset, candidates } = yield* untilDone({ done: 0, total: 0 }, (signal) =>
    readDataset(path, { ...options, signal }),
  );
  const counted = yield* countImages(dataset);
  return {
    path,
    format: dataset.format,
    candidates: candidates.map((candidate) => candidate.format),
    // They are complete once all images were listed.
    warnings: dataset.warnings,
    ...counted,
  };
}
