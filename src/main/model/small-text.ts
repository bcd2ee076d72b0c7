/** Reads the small text files around a model, through one place that bounds what they may take. */

import { stat } from 'node:fs/promises';
import { AppError } from '../../shared/errors.js';
import { readRegularText } from '../files/regular-file.js';
import { foreignFile } from '../onnx/foreign-file.js';
import { followed } from './hub-cache.js';

/** The names of 22,000 classes, both ways round, take 2 MB. */
const mostBytes = 16 * 2 ** 20;

/**
 * The text of a file.
 * @throws AppError `MODEL_UNREADABLE` when it cannot be read, is no regular file, larger than any such file, or only a
 * pointer of Git LFS.
 */
export async function readSmallText(path: string): Promise<string> {
  const place = await followed(path);
  const found = await stat(place).catch(() => null);
  if (found !== null && !found.isFile()) {
    throw new AppError(
      'MODEL_UNREADABLE',
      `${path} is no file.`,
      'Remove it, or put the file there that it should be.',
    );
  }
  if (found !== null && found.size > mostBytes) {
    const size = Math.ceil(found.size / 2 ** 20).toLocaleString('en');
    throw new AppError(
      'MODEL_UNREADABLE',
      `${path} has ${size} MB; files of settings and class names have a few at most.`,
      'Check that it is the right file, and get it again.',
    );
  }
  let text: string;
  try {
    text = await readRegularText(place);
  } catch (error) {
    throw new AppError('MODEL_UNREADABLE', `${path} cannot be read.`, 'Change its permissions or get it again.', {
      cause: error,
    });
  }
  // A list of class names would be taken for what the pointer says.
  const foreign = text.startsWith('version https://git-lfs')
    ? foreignFile(Buffer.from(text.slice(0, 1024)), path)
    : null;
  if (foreign !== null) throw new AppError(foreign.code, `${path} ${foreign.what}.`, foreign.hint);
  return text;
}

/** What a text holds as JSON. @throws AppError `MODEL_UNREADABLE` saying what it is instead, with `hint` where that is not known. */
export function parseJson(text: string, path: string, hint: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const foreign = foreignFile(Buffer.from(text.slice(0, 1024)), path);
    if (foreign !== null) throw new AppError(foreign.code, `${path} ${foreign.what}.`, foreign.hint, { cause: error });
    throw new AppError('MODEL_UNREADABLE', `${path} is not valid JSON.`, hint, { cause: error });
  }
}
