/** Makes a picture of an image for people. */

import { readSource } from '../../dataset/source.js';
import { full, large, thumbnail } from '../decode.js';
import type { Task } from './task.js';

const makers = { thumb: thumbnail, large, full } as const;

export const task: Task<'picture'> = ({ source, size }, { images, signal }) =>
  images.hold(signal, async () => {
    const data = await readSource(source);
    return images.decode(() => makers[size](data));
  });
