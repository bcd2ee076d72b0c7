/** What people said of files, as it is written down: entries that are never changed, so that those of several copies of a project add up. */

import type { Verdict } from '../../shared/audit.js';

export type EntryAction = 'give' | 'clear' | 'undo' | 'redo';

/** What one step did to one file. */
export interface Entry {
  /** UUIDv7: the same in every copy of the project. */
  readonly id: string;
  /** Id of the first entry of the step that it is part of: a step is done and undone as a whole. */
  readonly step: string;
  /** Milliseconds since 1970, by the clock of whoever said it; decides nothing. */
  readonly at: number;
  readonly reviewer: string;
  readonly action: EntryAction;
  readonly file: string;
  /** SHA-256 of the content that it was said of, hexadecimal; null where that was not known. */
  readonly sha256: string | null;
  /** What was decided; null where something was taken away. */
  readonly verdict: Verdict | null;
  /** Ids of the entries that a decision replaces, or that are taken away. */
  readonly names: readonly string[];
}
