/** Everything main tells the window unasked. */

import type { ImageId, Job, ProjectFigures, ProjectSummary, SettlingMaps } from './audit.js';
import type { ErrorData } from './errors.js';
import type { ProjectChange } from './query.js';
import type { RowId } from './sheet-rows.js';

export interface Events {
  /** A job was created or moved; at most ten times a second a job. */
  job: Job;
  /** Images, predictions, maps or verdicts changed. */
  change: ProjectChange;
  /** The files of these images were found to hold other pictures: what was shown of the old ones is not theirs. */
  contents: { readonly images: readonly ImageId[] };
  /** Names, mapping, model or project changed; null when closed. */
  project: ProjectSummary | null;
  /** Counts and what follows from them changed, and nothing else of the project. */
  figures: ProjectFigures;
  /** How far a project is brought into the shape of this version while it is opened, in images; null when that has ended. */
  opening: { readonly name: string; readonly done: number; readonly total: number } | null;
  /** The maps of an `explain.get` under way; at most ten times a second. */
  settling: SettlingMaps;
  /** How far a `compare.maps` under way has come, in runs of a graph (a contrast: in masks); at most ten times a second. */
  mapProgress: { readonly id: ImageId; readonly method: RowId; readonly done: number; readonly total: number };
  /** Something to say that belongs to no call: an engine restart, a provider fallback. */
  notice: ErrorData;
}
export type EventName = keyof Events;
