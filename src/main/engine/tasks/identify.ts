/** Names the contents of images by their hashes. */

import type { Task } from './task.js';

export const task: Task<'identify'> = ({ inputs }, { images, signal }) =>
  Promise.all(inputs.map((input) => images.identify(input, signal)));
