/** Calls that give verdicts and take them back. */

import * as v from 'valibot';

import { type ImageRow, type Verdict, verdictKinds } from '../audit.js';
import { list, text } from '../bounded.js';
import { call } from './call.js';
import { imageIdSchema, nothing } from './parts.js';

/** The verdict that stood before and after a step. */
interface VerdictStep {
  readonly before: Verdict | null;
  readonly after: Verdict | null;
}

/** An image whose verdict a step changed; the row has the verdict that stands among all reviewers'. */
export interface VerdictChange extends VerdictStep {
  readonly row: ImageRow;
}

/** The same for a file that is not in the dataset any more. */
export interface GoneChange extends VerdictStep {
  readonly file: string;
}

/** Whether the reviewer has steps to take back and to do again in this project. */
export interface VerdictSteps {
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

export interface VerdictOutcome extends VerdictSteps {
  /** The images the step concerned, as they are now; none where there was nothing to take back. */
  readonly changes: readonly VerdictChange[];
  /** Files of the step that are not in the dataset any more: their verdicts changed as well. */
  readonly gone: readonly GoneChange[];
}

/** Images that one step may judge. */
const mostJudged = 10_000;

const judgedSchema = list(imageIdSchema, mostJudged, 1);
/** What taking over the verdicts of another copy of the project brought. */
export interface MergeOutcome {
  /** Decisions that were not known here. */
  readonly verdicts: number;
  /** Decisions of the other copy that were known. */
  readonly known: number;
  /** Whose decisions were new. */
  readonly reviewers: readonly string[];
  /** Files of which something new is known and that are not in the dataset here. */
  readonly elsewhere: number;
  /** Images that are unsettled now. */
  readonly unsettled: number;
}

const verdictSchema = v.object({
  kind: v.picklist(verdictKinds),
  correctedLabels: list(text(1000), 100),
  note: text(10_000),
});

/** One verdict on each of these images, or its taking back, is one step of undo, whole or not at all. */
export const verdictCalls = {
  'verdict.give': call(v.object({ ids: judgedSchema, verdict: verdictSchema })).returning<VerdictOutcome>(),
  'verdict.clear': call(v.object({ ids: judgedSchema })).returning<VerdictOutcome>(),
  'verdict.undo': call(nothing).returning<VerdictOutcome>(),
  'verdict.redo': call(nothing).returning<VerdictOutcome>(),
  'verdict.steps': call(nothing).returning<VerdictSteps>(),
  /** Asks with the system's dialog for another copy of the project, and takes over what was decided there; null when that was cancelled. */
  'verdict.merge': call(nothing).returning<MergeOutcome | null>(),
};
