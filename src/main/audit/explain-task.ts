/** One explanation to be made, as data: of which image, of which classes, and under which terms. */

import type { ClassIndex, ImageId } from '../../shared/audit.js';
import { sameParameters } from '../project/explanations.js';
import type { Terms } from '../project/project-info.js';

export interface ExplainTask {
  readonly image: ImageId;
  /** Wanted besides the label's class and the most probable ones. */
  readonly classes: readonly ClassIndex[];
  /** Model, mapping and settings of the moment when the task was made. */
  readonly terms: Terms;
}

/** Whether what is made under the one terms is what is made under the other. */
function sameTerms(a: Terms, b: Terms): boolean {
  return a.model.hash === b.model.hash && a.mapping === b.mapping && sameParameters(a.tis, b.tis);
}

/** Whether the maps of a task are all that `other` asks for. */
export function covers(task: ExplainTask, other: ExplainTask): boolean {
  if (task.image !== other.image || !sameTerms(task.terms, other.terms)) return false;
  return other.classes.every((wish) => task.classes.includes(wish));
}
