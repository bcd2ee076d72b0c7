/** Reads the bytes or pixels behind one image of a dataset, and names its content by SHA-256. */

import { createHash } from 'node:crypto';
import { basename } from 'node:path';

import { AppError } from '../../shared/errors.js';
import { NoAnswer } from '../files/patience.js';
import { NoRegularFile, statPatiently, withFile } from '../files/regular-file.js';
import type { ImageSource } from './dataset.js';
import { stampOf } from './file-stamp.js';
import { IdxPictures } from './idx-container.js';

/** Content of an image file, or pixels out of a container; `name` is for messages. */
export type SourceData =
  | { readonly kind: 'encoded'; readonly name: string; readonly bytes: Uint8Array }
  | {
      readonly kind: 'raw';
      readonly name: string;
      /** `[height, width, channels]` row-major. */
      readonly pixels: Uint8Array;
      readonly width: number;
      readonly height: number;
      readonly channels: 1 | 3;
    };

/** What was read, with the file's stamp (`file-stamp.ts`) right before that. */
export type StampedSource = SourceData & { readonly stamp: string };

const sizeLimit = 1024 ** 3;
/** Inflated containers kept: as many as the splits of one dataset. */
const containersKept = 3;

function unreadable(name: string, what: string, hint: string, cause?: unknown): AppError {
  return new AppError('IMAGE_UNREADABLE', `"${name}" ${what}.`, hint, { cause });
}

function asImageError(name: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AppError(
      'IMAGE_NOT_FOUND',
      `"${name}" is not there any more.`,
      'Put the file back, or scan the dataset again.',
      {
        cause: error,
      },
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return unreadable(name, 'may not be read', 'Change the permissions of the file.', error);
  }
  if (error instanceof NoRegularFile) {
    return unreadable(name, `cannot be read: ${error.message}`, 'Remove it from the dataset.', error);
  }
  if (error instanceof NoAnswer && error.unasked) {
    const hint = 'See that the drive or network share is connected, then try again.';
    return new AppError('DRIVE_SILENT', `"${name}" was not read: ${error.message}.`, hint, { cause: error });
  }
  if (error instanceof NoAnswer) {
    const hint =
      'See that the drive or network share that holds it is connected, then try the unreadable images again.';
    return unreadable(name, `cannot be read: ${error.message}`, hint, error);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return unreadable(name, `cannot be read: ${reason}`, 'Check the drive that holds it.', error);
}

interface WholeFile {
  readonly bytes: Uint8Array;
  readonly stamp: string;
}

/** What Git leaves in place of a file that Git LFS has not fetched. */
function isLfsPointer(bytes: Uint8Array): boolean {
  const start = 'version https://git-lfs.github.com/spec';
  return bytes.length < 1024 && Buffer.from(bytes.subarray(0, start.length)).toString('latin1') === start;
}

const pointer = [
  'is only a pointer of Git LFS, not the image itself',
  'Run "git lfs pull" where the dataset was cloned, then try again.',
] as const;

async function readWhole(path: string, name: string): Promise<WholeFile> {
  return withFile(path, async (file) => {
    if (file.size === 0) throw unreadable(name, 'is empty (0 bytes)', 'Get the file again from where it came.');
    if (file.size > sizeLimit) throw unreadable(name, 'is larger than 1 GiB', 'Shrink the image.');
    const bytes = await file.whole();
    if (isLfsPointer(bytes)) throw unreadable(name, ...pointer);
    return { stamp: stampOf(file.found), bytes };
  });
}

interface OpenContainer<Pictures = Promise<IdxPictures>> {
  readonly stamp: string;
  readonly pictures: Pictures;
}

/** Opened containers, the one used last at the end; a container that changed on disk is opened again. */
const containers = new Map<string, OpenContainer>();

async function openContainer(path: string): Promise<OpenContainer<IdxPictures>> {
  const stamp = stampOf(await statPatiently(path));
  const known = containers.get(path);
  const container = known?.stamp === stamp ? known : { stamp, pictures: IdxPictures.open(path) };
  containers.delete(path);
  containers.set(path, container);
  for (const oldest of [...containers.keys()].slice(0, -containersKept)) containers.delete(oldest);
  try {
    return { stamp, pictures: await container.pictures };
  } catch (error) {
    // What failed once, on a drive that hung or was away, is tried again with the next picture.
    if (containers.get(path) === container) containers.delete(path);
    throw error;
  }
}

/**
 * Reads one image: the bytes of its file, or its pixels out of a container, which is inflated once and kept.
 * @throws AppError `IMAGE_NOT_FOUND` or `IMAGE_UNREADABLE` (missing, empty, over 1 GiB, not permitted), `DATASET_*` for a
 * damaged container.
 */
export async function readSource(source: ImageSource): Promise<StampedSource> {
  const file = basename(source.path);
  const name = source.member === undefined ? file : `${file}#${String(source.member)}`;
  try {
    if (source.member === undefined) return { kind: 'encoded', name, ...(await readWhole(source.path, name)) };
    const { pictures, stamp } = await openContainer(source.path);
    const { width, height, channels } = pictures.shape;
    return { kind: 'raw', name, stamp, pixels: await pictures.read(source.member), width, height, channels };
  } catch (error) {
    throw asImageError(name, error);
  }
}

/**
 * SHA-256 of an image's content, hexadecimal: of the file's bytes, or for a member of a container of `idx:WxHxC:`
 * followed by its pixels, so that equal pictures are found equal wherever they lie.
 */
export function hashSource(data: SourceData): string {
  const hash = createHash('sha256');
  if (data.kind === 'encoded') return hash.update(data.bytes).digest('hex');
  const shape = `idx:${String(data.width)}x${String(data.height)}x${String(data.channels)}:`;
  return hash.update(shape).update(data.pixels).digest('hex');
}

/** Size of an image's content in bytes: of the file, or of the raw pixels. */
export function sourceBytes(data: SourceData): number {
  return data.kind === 'encoded' ? data.bytes.length : data.pixels.length;
}
