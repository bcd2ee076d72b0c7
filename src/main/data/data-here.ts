/** Data in this process: for the command line and for tests. */

import type { Data } from './data.js';
import { inThisProcess } from './in-this-process.js';
import { openProject } from './opening.js';
import { inSlices } from './slices.js';
import { runTask, tasksBy } from './tasks.js';

export const dataHere: Data = {
  ...tasksBy(async (name, input, options) => {
    await Promise.resolve();
    return runTask(name, input, options);
  }),
  open: async (opening, options = {}) => inThisProcess(await inSlices(openProject(opening), options)),
  prepare: () => undefined,
};
