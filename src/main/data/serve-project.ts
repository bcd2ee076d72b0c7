/** Carries out the calls on a project where it is open. */

import type { Project } from '../project/project.js';
import type { LongCall } from './long-call.js';
import { isLong, type ProjectCall } from './project-methods.js';
import { projectWork } from './project-work.js';
import { inSlices, type Steps } from './slices.js';

type Method = (...args: unknown[]) => unknown;

/** Whether `name` is an entry of the table of work. */
const isWork = (name: string): name is keyof typeof projectWork => Object.hasOwn(projectWork, name);

/** The answer to a call, at once or in slices. What a call of this name takes and gives, {@link ProjectMethods} says. */
export function carryOut(project: Project, { name, args }: ProjectCall, options: LongCall): unknown {
  if (isWork(name)) return inSlices((projectWork[name] as Method)(project, ...args) as Steps<unknown>, options);
  const member: unknown = Reflect.get(project, name);
  const answer = typeof member === 'function' ? (member as Method).apply(project, [...args]) : member;
  return isLong(name) ? inSlices(answer as Steps<unknown>, options) : answer;
}
