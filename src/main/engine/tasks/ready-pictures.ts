/** Loads what decodes pictures, before anybody waits for one. */

import { thumbnail } from '../decode.js';
import type { Task } from './task.js';

/** One grey pixel: what is loaded at the first picture is loaded then. */
const pixel = { kind: 'raw', name: 'a pixel', pixels: Uint8Array.of(128), width: 1, height: 1, channels: 1 } as const;

export const task: Task<'readyPictures'> = async () => {
  await thumbnail(pixel);
  return null;
};
