/** Calls about projects as a whole: which there are, which one is open, what it says of its labels and its dataset. */

import * as v from 'valibot';

import type { ProjectSummary } from '../audit.js';
import { text } from '../bounded.js';
import { classOrders } from '../class-order.js';
import type { ErrorData } from '../errors.js';
import { call } from './call.js';
import { count, mappingSchema, nothing } from './parts.js';

/** What the kept maps of a project take. */
export interface CacheFigures {
  /** Bytes of the maps. */
  readonly bytes: number;
  readonly maps: number;
  /** Bytes of the file that they lie in, with everything else that was computed. */
  readonly fileBytes: number;
  /** Bytes that maps may take. */
  readonly ceiling: number;
}

/** What taking all maps away left. */
export interface FreedSpace {
  readonly figures: CacheFigures;
  /** Why the disk space was not given back; null when it was. */
  readonly problem: ErrorData | null;
}

export interface RecentProject {
  /** Index for `project.openRecent`. */
  readonly recent: number;
  readonly name: string;
  readonly place: string;
  readonly openedAt: number;
  readonly exists: boolean;
}

/** Null stands for a dialog that the person cancelled. */
export const projectCalls = {
  'project.recent': call(nothing).returning<readonly RecentProject[]>(),
  'project.forget': call(v.object({ recent: count })).returning<readonly RecentProject[]>(),
  'project.openRecent': call(v.object({ recent: count })).returning<ProjectSummary>(),
  'project.openDemo': call(nothing).returning<ProjectSummary>(),
  /** Asks for a project folder with the system's dialog. */
  'project.openDialog': call(nothing).returning<ProjectSummary | null>(),
  /** Writes the open project to a folder chosen with the system's dialog, and opens it there. */
  'project.saveCopy': call(nothing).returning<ProjectSummary | null>(),
  /** Gives the open project another name, its folder too. */
  'project.rename': call(v.object({ name: text(1000) })).returning<ProjectSummary>(),
  'project.close': call(nothing).returning<null>(),
  'project.current': call(nothing).returning<ProjectSummary | null>(),
  /** What kept maps take; null while no project is open. */
  'project.cache': call(nothing).returning<CacheFigures | null>(),
  /** Takes all kept maps away and gives their disk space back. */
  'project.freeSpace': call(nothing).returning<FreedSpace>(),
  'project.setMapping': call(mappingSchema).returning<ProjectSummary>(),
  'project.setClassOrder': call(v.object({ order: v.picklist(classOrders) })).returning<ProjectSummary>(),
  /** Reads the mapping from a CSV or JSON file chosen with the system's dialog. */
  'project.importMapping': call(nothing).returning<ProjectSummary>(),
  /** Writes the mapping to such a file, and says its name. */
  'project.exportMapping': call(nothing).returning<string | null>(),
  /** Lists the dataset again: new, gone and overwritten images are noticed. Ends when all is listed; predicting follows as a job. */
  'project.rescan': call(nothing).returning<ProjectSummary>(),
  /** Asks with the system's dialog where the dataset is now, and goes on there as `project.rescan`. */
  'project.relink': call(nothing).returning<ProjectSummary | null>(),
};
