/** The calls of an open project: which methods of `Project` main may call, and the same as promises. Adding one takes its name here. */

import type { Progress } from '../../shared/progress.js';
import type { Project } from '../project/project.js';
import type { LongCall } from './long-call.js';
import { type ProjectWork, projectWork } from './project-work.js';

type Members = { readonly [Name in keyof Project]: Project[Name] };
/** Methods that tell how far they have come, and can be put aside and given up after each time they do. */
type LongName = {
  [Name in keyof Members]: Members[Name] extends (...args: never[]) => Generator<Progress, unknown, void>
    ? Name
    : never;
}[keyof Members];
/** All others, and what is read of a project without being called. */
type ShortName = Exclude<keyof Members, LongName>;

/** Answered in one go, each in a few milliseconds. */
const projectMethods = [
  'access',
  'addImages',
  'beginScan',
  'beginTask',
  'cacheFigures',
  'cancelPrediction',
  'clear',
  'confusion',
  'counts',
  'detail',
  'endTask',
  'explained',
  'facets',
  'figures',
  'findings',
  'finishScan',
  'give',
  'identify',
  'identity',
  'imageCount',
  'imagesInDoubt',
  'knownAmong',
  'labelCounts',
  'labelledPage',
  'loadExplanation',
  'loadMethodMaps',
  'noteTask',
  'openTasks',
  'page',
  'pendingPredictions',
  'places',
  'predictionCancelled',
  'probabilities',
  'query',
  'readAmong',
  'recordPredictions',
  'redo',
  'relink',
  'replaceTask',
  'requireWritable',
  'retryUnreadable',
  'rows',
  'sameContent',
  'saveCopy',
  'saveExplanation',
  'saveMethodMaps',
  'scanned',
  'select',
  'setDisagreement',
  'setMapping',
  'setModel',
  'setReviewer',
  'setTis',
  'source',
  'staleScores',
  'summary',
  'suspicious',
  'taskLacks',
  'undo',
  'verdictSteps',
  'warnings',
] as const satisfies readonly ShortName[];

/** Done in slices between which other calls are answered. */
const longProjectMethods = [
  'countInDoubt',
  'freeSpace',
  'merge',
  'noise',
  'readAhead',
  'reportPlan',
  'score',
  'setCeiling',
] as const satisfies readonly LongName[];

type Short = (typeof projectMethods)[number];
type Long = (typeof longProjectMethods)[number];
type Work = keyof typeof projectWork;

/** Every name that a call may have. */
export type ProjectCallName = Short | Long | Work;

/** A call on its way. */
export interface ProjectCall {
  readonly name: ProjectCallName;
  readonly args: readonly unknown[];
}

type ShortMethod<Member> = Member extends (...args: infer Args) => infer Result
  ? (...args: Args) => Promise<Result>
  : () => Promise<Member>;
type LongMethod<Member> = Member extends (...args: infer Args) => Generator<Progress, infer Result, void>
  ? (...args: [...args: Args, options: LongCall]) => Promise<Result>
  : never;
type WorkMethod<Done> =
  Done extends ProjectWork<infer Args, infer Result>
    ? (...args: [...args: Args, options: LongCall]) => Promise<Result>
    : never;

/** Mapped member by member, so that each is known for the member of `Project` that it asks. */
type ShortMethods<Chosen> = { readonly [Name in keyof Chosen]: ShortMethod<Chosen[Name]> };
type LongMethods<Chosen> = { readonly [Name in keyof Chosen]: LongMethod<Chosen[Name]> };

/**
 * What main asks of a project. Every call is carried out whole and in the order in which they were made, long ones side by side with
 * what comes after them. All reject with AppError: what the method throws; `CANCELLED` when `signal` was aborted or the project closed.
 */
export type ProjectMethods = ShortMethods<Pick<Project, Short>> &
  LongMethods<Pick<Project, Long>> & { readonly [Name in Work]: WorkMethod<(typeof projectWork)[Name]> };

const longNames: ReadonlySet<string> = new Set<string>([...longProjectMethods, ...Object.keys(projectWork)]);

/** Whether the last argument of a call is a {@link LongCall}. */
export function isLong(name: ProjectCallName): boolean {
  return longNames.has(name);
}

/** A method for every call, all of them made by `ask`. */
export function methodsBy(ask: (call: ProjectCall, options: LongCall) => Promise<unknown>): ProjectMethods {
  const method =
    (name: ProjectCallName) =>
    (...args: readonly unknown[]): Promise<unknown> =>
      isLong(name) ? ask({ name, args: args.slice(0, -1) }, args.at(-1) as LongCall) : ask({ name, args }, {});
  const names = [...projectMethods, ...longProjectMethods, ...Object.keys(projectWork)] as readonly ProjectCallName[];
  return Object.fromEntries(names.map((name) => [name, method(name)])) as unknown as ProjectMethods;
}
