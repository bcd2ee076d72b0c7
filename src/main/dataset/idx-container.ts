/** The IDX container of the MNIST family (Y. LeCun): header checks, and single pictures out of it, gzip or not. */

import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { AppError } from '../../shared/errors.js';
import { readChunks, statPatiently, withFile } from '../files/regular-file.js';

/** Shape of a container of pictures of unsigned bytes. */
export interface PictureShape {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

interface Header {
  /** Bytes before the data. */
  readonly length: number;
  readonly dimensions: readonly number[];
}

const unsignedByte = 0x08;
/** One byte of deflate can stand for at most this many (zlib, "Maximum compression factor"). */
const deflateFactor = 1032;
const dataLimit = 4 * 1024 ** 3;

function damaged(path: string, what: string, hint = 'Get the file again from where it came.'): AppError {
  return new AppError('DATASET_UNREADABLE', `The IDX file "${basename(path)}" ${what}.`, hint);
}

/** An error of the file system or of gzip, told with the file's name; AppErrors pass through. */
function asUnreadable(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') {
    return new AppError(
      'DATASET_NOT_FOUND',
      `The IDX file "${basename(path)}" is not there any more.`,
      'Put it back.',
      {
        cause: error,
      },
    );
  }
  if (code === 'Z_BUF_ERROR') return damaged(path, 'is cut off: its compressed data end too early');
  if (typeof code === 'string' && code.startsWith('Z_')) return damaged(path, `is damaged: ${reason}`);
  return damaged(path, `cannot be read: ${reason}`, 'Check that the file may be read.');
}

const isCompressed = (path: string): boolean => path.toLowerCase().endsWith('.gz');

/** The file's bytes, inflated when its name ends in `.gz`. */
async function* bytesOf(path: string): AsyncGenerator<Buffer, void, undefined> {
  if (!isCompressed(path)) {
    yield* readChunks(path);
    return;
  }
  const file = Readable.from(readChunks(path));
  const inflated = createGunzip();
  file.on('error', (error) => inflated.destroy(error));
  try {
    for await (const chunk of file.pipe(inflated)) yield chunk as Buffer;
  } finally {
    file.destroy();
  }
}

function parseHeader(path: string, head: Buffer): Header {
  if (head.length < 4) throw damaged(path, `is too short to be one: ${String(head.length)} bytes`);
  if (head.subarray(0, 23).toString('latin1') === 'version https://git-lfs') {
    throw damaged(path, 'is only a pointer of Git LFS', 'Run "git lfs pull" where the dataset was cloned.');
  }
  const dimensionCount = head.readUInt8(3);
  if (head.readUInt16BE(0) !== 0 || dimensionCount < 1 || dimensionCount > 4) {
    throw damaged(path, 'does not begin as one', 'Choose a file such as t10k-images-idx3-ubyte.gz.');
  }
  if (head.readUInt8(2) !== unsignedByte) {
    throw damaged(path, 'holds values other than unsigned bytes', 'Only files of the kind "ubyte" can be read.');
  }
  const length = 4 + 4 * dimensionCount;
  if (head.length < length) throw damaged(path, 'is cut off inside its header');
  return { length, dimensions: Array.from({ length: dimensionCount }, (_, index) => head.readUInt32BE(4 + 4 * index)) };
}

async function readHeader(path: string): Promise<Header> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytesOf(path)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= 20) break;
  }
  return parseHeader(path, Buffer.concat(chunks));
}

/** Refuses a header that promises more than the file can hold, before anything of that size is allocated. */
async function checkPromise(path: string, dataLength: number, header: Header): Promise<void> {
  const size = Number((await statPatiently(path)).size);
  const most = isCompressed(path) ? size * deflateFactor : size - header.length;
  if (dataLength > most) {
    const promised = `${header.dimensions.join(' x ')} values`;
    throw damaged(path, `is cut off: its header promises ${promised}, the file has ${String(size)} bytes`);
  }
  if (dataLength > dataLimit) throw damaged(path, 'is larger than 4 GiB', 'Split it into smaller files.');
}

async function readData(path: string, header: Header, dataLength: number): Promise<Buffer> {
  await checkPromise(path, dataLength, header);
  const data = Buffer.allocUnsafeSlow(dataLength);
  // Negative while the header is being passed over.
  let at = -header.length;
  for await (const chunk of bytesOf(path)) {
    chunk.copy(data, Math.max(0, at), Math.max(0, -at));
    at += chunk.length;
    if (at >= dataLength) break;
  }
  if (at < dataLength) {
    throw damaged(path, `is cut off: it holds ${String(Math.max(0, at))} of ${String(dataLength)} bytes of data`);
  }
  return data;
}

/** The length a gzip file ends by claiming, modulo 2^32 (RFC 1952, ISIZE). */
async function claimedLength(path: string): Promise<number> {
  return withFile(path, async (file) => {
    const end = Buffer.alloc(4);
    const length = await file.read(end, Math.max(0, file.size - 4));
    return length < 4 ? 0 : end.readUInt32LE(0);
  });
}

/** Proves that a compressed container is whole: by what its end claims, or, when that differs, by inflating it. */
async function checkCompressed(path: string, header: Header, dataLength: number): Promise<void> {
  const expected = header.length + dataLength;
  if ((await claimedLength(path)) === expected % 2 ** 32) return;
  let length = 0;
  for await (const chunk of bytesOf(path)) {
    length += chunk.length;
    if (length >= expected) return;
  }
  throw damaged(path, `is cut off: it holds ${String(length - header.length)} of ${String(dataLength)} bytes of data`);
}

const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);

/** Reads a container of labels (idx1): one byte a picture. @throws AppError `DATASET_UNREADABLE`. */
export async function readIdxLabels(path: string): Promise<Uint8Array> {
  try {
    const header = await readHeader(path);
    if (header.dimensions.length !== 1) throw damaged(path, 'holds no list of labels', 'Choose an idx1-ubyte file.');
    return await readData(path, header, product(header.dimensions));
  } catch (error) {
    throw asUnreadable(path, error);
  }
}

function shapeOf(path: string, { dimensions }: Header): PictureShape {
  const [count = 0, height = 0, width = 0, channels = 1] = dimensions;
  if (dimensions.length < 3) throw damaged(path, 'holds no pictures', 'Choose an idx3-ubyte or idx4-ubyte file.');
  if (channels !== 1 && channels !== 3) {
    throw damaged(path, `has ${String(channels)} channels`, 'Pictures need 1 or 3 channels, as the last dimension.');
  }
  if (count === 0 || width === 0 || height === 0) throw damaged(path, 'holds no pictures');
  return { count, width, height, channels };
}

/**
 * Reads the shape of a container of pictures (idx3 `[count, height, width]` or idx4 with a last dimension of channels)
 * and checks that the file can hold them; pixels are not read.
 * @throws AppError `DATASET_UNREADABLE` or `DATASET_NOT_FOUND`.
 */
export async function readIdxShape(path: string): Promise<PictureShape> {
  try {
    const header = await readHeader(path);
    const shape = shapeOf(path, header);
    const length = product(header.dimensions);
    await checkPromise(path, length, header);
    if (isCompressed(path)) await checkCompressed(path, header, length);
    return shape;
  } catch (error) {
    throw asUnreadable(path, error);
  }
}

/** The pixels of an opened container. */
export class IdxPictures {
  readonly shape: PictureShape;
  readonly #path: string;
  readonly #headerLength: number;
  /** All pixels of a compressed container; null when pictures are read from the file one by one. */
  readonly #data: Buffer | null;

  private constructor(path: string, shape: PictureShape, headerLength: number, data: Buffer | null) {
    this.#path = path;
    this.shape = shape;
    this.#headerLength = headerLength;
    this.#data = data;
  }

  /** Opens a container; a compressed one is inflated once, into memory. @throws AppError `DATASET_UNREADABLE`. */
  static async open(path: string): Promise<IdxPictures> {
    try {
      const header = await readHeader(path);
      const shape = shapeOf(path, header);
      const length = product(header.dimensions);
      const data = isCompressed(path) ? await readData(path, header, length) : null;
      return new IdxPictures(path, shape, header.length, data);
    } catch (error) {
      throw asUnreadable(path, error);
    }
  }

  /** Pixels of one picture, `[height, width, channels]` row-major. @throws AppError `IMAGE_NOT_FOUND`, `DATASET_UNREADABLE`. */
  async read(member: number): Promise<Uint8Array> {
    const { count, width, height, channels } = this.shape;
    if (!Number.isInteger(member) || member < 0 || member >= count) {
      const place = `${basename(this.#path)}#${String(member)}`;
      throw new AppError('IMAGE_NOT_FOUND', `There is no picture "${place}": the file holds ${String(count)}.`);
    }
    const length = width * height * channels;
    if (this.#data !== null) return this.#data.subarray(member * length, (member + 1) * length);
    return this.#readFromFile(this.#headerLength + member * length, length);
  }

  async #readFromFile(position: number, length: number): Promise<Uint8Array> {
    try {
      return await withFile(this.#path, async (file) => {
        const pixels = Buffer.alloc(length);
        if ((await file.read(pixels, position)) < length) {
          throw damaged(this.#path, 'is cut off: it ends inside a picture');
        }
        return pixels;
      });
    } catch (error) {
      throw asUnreadable(this.#path, error);
    }
  }
}
