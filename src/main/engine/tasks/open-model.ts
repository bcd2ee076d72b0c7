/** Opens a model, and opens it again where its files were replaced. */

import type { Task } from './task.js';

export const task: Task<'openModel'> = async ({ model }, { models }) => (await models.fresh(model)).summary;
