/** Tells apart the models that an engine holds: the same files with another choice are another model. */

import type { ModelLocation } from './exchange.js';

/** One text a model as it is to be opened, equal for equal choices. */
export function modelKey({ path, choice }: ModelLocation): string {
  return JSON.stringify([path, choice?.preprocessing ?? null, choice?.classNames ?? null, choice?.values ?? null]);
}

/** Whether two keys are of the same files, whatever is chosen for them. */
export function samePath(one: string, other: string): boolean {
  const [path, otherPath] = [one, other].map((key) => (JSON.parse(key) as readonly unknown[])[0]);
  return path === otherPath;
}
