/** Tells which folders of a tree are classes, which are splits, and which only wrap them. */

import { mayBeSplitName, isSplitName } from './split-names.js';
import type { SurveyFolder } from './survey.js';

/** A part of the dataset whose class folders lie in one folder. */
export interface LayoutPart {
  /** Path of the folder that holds the class folders, relative to the root, with `/` at its end. */
  readonly path: string;
  /** Null when the dataset has no splits. */
  readonly split: string | null;
  /** Folders in it, empty ones included. */
  readonly classes: readonly SurveyFolder[];
}

export interface FolderLayout {
  readonly parts: readonly LayoutPart[];
  /** The folder that was passed through to get to splits or classes; the root's is empty. */
  readonly base: string;
}

const full = (folder: SurveyFolder): readonly SurveyFolder[] => folder.folders.filter(({ total }) => total > 0);

/** The only folder with images in it, when these lie in folders of it and none in itself; else null. */
function wrapped(folder: SurveyFolder): SurveyFolder | null {
  const [only, ...others] = full(folder);
  if (only === undefined || others.length > 0 || only.images > 0) return null;
  return full(only).length > 0 ? only : null;
}

/** Passes through folders that hold nothing but one folder of class folders. */
function unwrap(folder: SurveyFolder, isClass: (name: string) => boolean): SurveyFolder {
  let at = folder;
  for (let next = wrapped(at); next !== null; next = wrapped(at)) {
    if (isClass(next.name) || isSplitName(next.name)) break;
    at = next;
  }
  return at;
}

/** Whether every one of the folders holds mostly the class folders that the largest holds. */
function sameClasses(folders: readonly SurveyFolder[]): boolean {
  const sets = folders.map((folder) => new Set(full(unwrap(folder, () => false)).map(({ name }) => name)));
  const largest = sets.toSorted((a, b) => b.size - a.size)[0] ?? new Set();
  return sets.every((set) => set.size > 0 && [...set].filter((name) => largest.has(name)).length * 2 >= set.size);
}

/**
 * Tells splits from classes: the folders are splits when all of them are named like one, or at least two are, or when
 * names that may be splits' hold the same class folders. A class called `train` among `bus` and `car` stays a class.
 */
function findSplits(folders: readonly SurveyFolder[]): readonly SurveyFolder[] {
  const named = folders.filter(({ name }) => isSplitName(name));
  const maybe = folders.filter(({ name, total }) => total > 0 && mayBeSplitName(name));
  if (maybe.length >= 2 && maybe.length > named.length && sameClasses(maybe)) return maybe;
  if (named.length >= 2 || (named.length > 0 && named.length === folders.length)) return named;
  // `train` beside one folder of pictures without classes.
  const [only] = named;
  const bare = folders.filter((folder) => folder !== only).every((folder) => full(folder).length === 0);
  return only !== undefined && folders.length === 2 && bare && only.images === 0 && full(only).length >= 2 ? named : [];
}

/** The layout of a tree, from the names of its folders and where images lie. */
export function findLayout(tree: SurveyFolder): FolderLayout {
  const none = (): boolean => false;
  const base = unwrap(tree, none);
  const splits = findSplits(base.folders);
  if (splits.length === 0) return { base: base.path, parts: [{ path: base.path, split: null, classes: base.folders }] };
  const parts = splits.map((split) => {
    const others = splits.filter((other) => other !== split).flatMap((other) => full(other));
    const isClass = (name: string): boolean => others.some((other) => other.name === name && other.images > 0);
    const inner = unwrap(split, isClass);
    return { path: inner.path, split: split.name, classes: inner.folders };
  });
  return { base: base.path, parts };
}
