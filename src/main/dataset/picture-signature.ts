/** Tells from the first bytes of a file, whatever its name, whether it is a picture. */

import { withFile } from '../files/regular-file.js';
import type { UnreadKind } from './file-kinds.js';

/** Bytes that are looked at: DICOM names itself after 128. */
const bytesRead = 160;

const startsWith = (head: Buffer, text: string, at = 0): boolean =>
  head.subarray(at, at + text.length).toString('latin1') === text;

/** A bitmap's own header follows its file header, and its length is one of these. */
const bitmapHeaders: ReadonlySet<number> = new Set([12, 40, 52, 56, 64, 108, 124]);

function isBitmap(head: Buffer): boolean {
  return startsWith(head, 'BM') && head.length >= 18 && bitmapHeaders.has(head.readUInt32LE(14));
}

function isDecodable(head: Buffer): boolean {
  return (
    startsWith(head, '\xff\xd8\xff') ||
    startsWith(head, '\x89PNG\r\n\x1a\n') ||
    startsWith(head, 'GIF87a') ||
    startsWith(head, 'GIF89a') ||
    (startsWith(head, 'RIFF') && startsWith(head, 'WEBP', 8)) ||
    startsWith(head, 'II*\0') ||
    startsWith(head, 'MM\0*') ||
    /^....ftypavi[fs]/s.test(head.subarray(0, 12).toString('latin1')) ||
    isBitmap(head) ||
    /^P[1-6]\s+(?:#|\d+\s)/.test(head.toString('latin1'))
  );
}

function unreadKind(head: Buffer): UnreadKind | null {
  const start = head.toString('latin1');
  if (/^....ftyp(?:hei[csxm]|hev[cx]|mif1|msf1)/s.test(start)) return { noun: 'HEIC picture', group: 'picture' };
  if (start.startsWith('\0\0\0\x0cjP  ') || start.startsWith('\xff\x4f\xff\x51'))
    return { noun: 'JPEG 2000 picture', group: 'picture' };
  if (start.startsWith('\xff\x0a') || start.startsWith('\0\0\0\x0cJXL '))
    return { noun: 'JPEG XL picture', group: 'picture' };
  if (start.startsWith('8BPS')) return { noun: 'Photoshop file', group: 'picture' };
  if (startsWith(head, 'DICM', 128)) return { noun: 'DICOM file', group: 'picture' };
  if (start.startsWith('\x93NUMPY')) return { noun: 'NumPy array', group: 'array' };
  if (start.startsWith('PK\x03\x04') || start.startsWith('\x1f\x8b\x08')) return { noun: 'archive', group: 'archive' };
  return null;
}

/**
 * What the first bytes of a regular file say: a picture that can be decoded (`image`), a kind that cannot, or neither.
 * A file that cannot be read is neither.
 */
export async function kindOfContent(path: string): Promise<'image' | UnreadKind | null> {
  try {
    return await withFile(path, async (file) => {
      const buffer = Buffer.alloc(bytesRead);
      const head = buffer.subarray(0, await file.read(buffer, 0));
      return isDecodable(head) ? 'image' : unreadKind(head);
    });
  } catch {
    return null;
  }
}
