/** Lists the explanation methods, and why a model refuses some. */

import type { Task } from './task.js';

export const task: Task<'methods'> = async ({ model }, { models }) => (await models.of(model)).methods();
