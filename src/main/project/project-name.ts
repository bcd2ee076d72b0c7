/** Names that a person gives: as a title, and as the name of a file or folder on any system. */

import { AppError } from '../../shared/errors.js';

/** Characters of a title at most. */
const longestTitle = 200;
/** Bytes of a file name before its ending, in UTF-8: file systems hold 255, and temporary folders are named after it. */
const longestFile = 180;

/** What Windows keeps for its devices, whatever the ending. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/iu;

/**
 * A title as it was typed, in one line.
 * @throws AppError `BAD_USAGE` for an empty one or one of more than 200 characters.
 */
export function titleOf(typed: string): string {
  const title = typed
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  if (title === '') throw new AppError('BAD_USAGE', 'The name is empty.', 'Type a name.');
  if (Array.from(title).length > longestTitle) {
    throw new AppError(
      'BAD_USAGE',
      `The name has more than ${String(longestTitle)} characters.`,
      'Choose a shorter name.',
    );
  }
  return title;
}

/** As many whole characters from the start as fit. */
function withinBytes(text: string, most: number): string {
  let bytes = 0;
  let end = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    bytes += Buffer.byteLength(segment);
    if (bytes > most) break;
    end += segment.length;
  }
  return text.slice(0, end);
}

/** The name of a file or folder for a title: what no file system takes becomes `_`; `fallback` where nothing is left. */
export function fileNameOf(title: string, fallback = 'audit'): string {
  const safe = withinBytes(
    title
      .toWellFormed()
      .replace(/[\\/:*?"<>|\p{Cc}\p{Zl}\p{Zp}]/gu, '_')
      .trim()
      .replace(/^\.+/u, '_'),
    longestFile,
  ).replace(/[. ]+$/u, '');
  if (safe === '') return fallback;
  return reserved.test(safe) ? `_${safe}` : safe;
}
