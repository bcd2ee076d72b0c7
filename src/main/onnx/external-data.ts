/** Reads the weights that a model keeps in files beside it, every byte of them at most once. */

import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize, relative, sep } from 'node:path';
import { AppError, toAppError } from '../../shared/errors.js';
import { NoRegularFile, type RegularFile, withFile } from '../files/regular-file.js';
import { refuseTextInPlace } from './foreign-file.js';
import type { ExternalTensor } from './read-tensor.js';

/** Pieces begin at multiples of this, so that weights which are aligned in the file are aligned in memory. */
const alignment = 4096;

/** Ranges closer than this are read in one piece. */
const gapBytes = 64 * 2 ** 10;

const hint = 'Put the data file back beside the model, as the export wrote it, or export the model again.';

/** Files that exporters keep weights in, by their ends. */
const dataFile = /(\.onnx[._-]?data(_\d+)?|\.data|\.bin|\.weights?|_data)$/i;

/** What to do about a data file that is missing: a file beside the model may be it under another name. */
async function missingHint(model: string, location: string, needed: number): Promise<string> {
  const folder = dirname(model);
  const name = basename(location);
  const rename: string[] = [];
  for (const other of (await readdir(folder).catch(() => [])).toSorted()) {
    if (!dataFile.test(other) || other === name) continue;
    const found = await stat(join(folder, other)).catch(() => null);
    if (found?.isFile() === true && found.size >= needed) rename.push(other);
  }
  const [only, another] = rename;
  if (only !== undefined && another === undefined) {
    return `If ${only}, which lies there, is that file, give it the name ${name} again: the model knows its data by that name.`;
  }
  return `Put ${name} into ${folder}, as the export wrote it and under that name, or export the model again.`;
}

/** Reads `length` bytes from `offset`. Throws RangeError when the file ends before. */
async function readRange(file: RegularFile, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(new ArrayBuffer(length));
  const read = await file.read(bytes, offset);
  if (read < length) throw new RangeError(`The file ends at byte ${String(offset + read)}`);
  return bytes;
}

/** The bytes of a whole file, of any size that memory allows. */
export async function readWholeFile(path: string): Promise<Uint8Array> {
  try {
    return await withFile(path, (file) => readRange(file, 0, file.size));
  } catch (error) {
    if (error instanceof NoRegularFile) {
      throw new AppError('MODEL_UNREADABLE', `${path} is no file.`, 'Choose an .onnx file.', { cause: error });
    }
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new AppError('MODEL_NOT_FOUND', `${path} does not exist.`, 'Choose an .onnx file.', { cause: error });
    }
    if (!(error instanceof RangeError)) throw toAppError(error);
    throw new AppError(
      'MODEL_UNREADABLE',
      `${path} cannot be read as a whole: ${error.message}.`,
      'Check that it is not being written to and that there is memory for it.',
      { cause: error },
    );
  }
}

function inside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * The data file that a model names. It must lie in the model's folder, also after following links; a model that is
 * itself a link (as in the cache of the Hugging Face hub) may have its data beside the file that it links to.
 */
async function locate(model: string, { name, location }: ExternalTensor, end: number): Promise<string> {
  const refuse = (why: string, then = hint): AppError =>
    new AppError('MODEL_UNREADABLE', `${model} keeps the weight '${name}' in '${location}', ${why}.`, then);
  if (location.includes('\0')) throw refuse('which is no file name');
  const folder = dirname(model);
  const path = join(folder, normalize(location));
  const windows = location.includes('\\') || /^[a-z]:/i.test(location);
  if (isAbsolute(location) || windows || !inside(folder, path)) throw refuse("which is not in the model's folder");
  let real: string;
  try {
    real = await realpath(path);
  } catch {
    throw refuse('which is missing', await missingHint(model, location, end));
  }
  const folders = [await realpath(folder), dirname(await realpath(model))];
  if (!folders.some((one) => inside(one, real))) throw refuse("which is a link out of the model's folder");
  return real;
}

/** How many bytes the weights in one file reach to. */
function endOf(tensors: readonly ExternalTensor[], location: string): number {
  const ends = tensors.filter((one) => one.location === location).map(({ offset, length }) => offset + length);
  return ends.reduce((most, end) => Math.max(most, end), 0);
}

/** A range of a data file that is read in one piece, with the weights that are views into it. */
interface Piece {
  readonly from: number;
  to: number;
  readonly tensors: ExternalTensor[];
}

/** The ranges of the weights, joined where they overlap or nearly touch: never more than the file has. */
function piecesOf(tensors: readonly ExternalTensor[]): Piece[] {
  const pieces: Piece[] = [];
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset)) {
    const last = pieces.at(-1);
    const end = tensor.offset + tensor.length;
    if (last && tensor.offset <= last.to + gapBytes) {
      last.to = Math.max(last.to, end);
      last.tensors.push(tensor);
    } else {
      pieces.push({ from: tensor.offset - (tensor.offset % alignment), to: end, tensors: [tensor] });
    }
  }
  return pieces;
}

/** Why a data file cannot hold what the model wants of it. */
function unfit(model: string, { name, location, offset, length }: ExternalTensor, found: string): AppError {
  const end = String(offset + length);
  const what = `${model} keeps the weight '${name}' in '${location}' up to byte ${end}, but that ${found}.`;
  return new AppError('MODEL_UNREADABLE', what, hint);
}

async function readPieces(file: RegularFile, tensors: readonly ExternalTensor[]): Promise<void> {
  for (const { from, to, tensors: views } of piecesOf(tensors)) {
    const bytes = await readRange(file, from, to - from);
    for (const { tensor, offset, length } of views)
      tensor.bytes = bytes.subarray(offset - from, offset - from + length);
  }
}

async function readData(model: string, path: string, tensors: readonly ExternalTensor[]): Promise<void> {
  try {
    await withFile(path, async (file) => {
      const long = tensors.find(({ offset, length }) => offset + length > file.size);
      if (long === undefined) return readPieces(file, tensors);
      await refuseTextInPlace(path);
      throw unfit(model, long, `has ${String(file.size)} bytes`);
    });
  } catch (error) {
    const [first] = tensors;
    if (error instanceof NoRegularFile && first !== undefined) throw unfit(model, first, 'is no file');
    throw error;
  }
}

/**
 * Reads the bytes of `tensors` from the files beside the model at the path `model`.
 * @throws AppError `MODEL_UNREADABLE` naming the weight when its file is missing, too short or outside of the model's folder.
 */
export async function readExternalData(model: string, tensors: readonly ExternalTensor[]): Promise<void> {
  const paths = new Map<string, string>();
  const files = new Map<string, ExternalTensor[]>();
  for (const tensor of tensors) {
    const path = paths.get(tensor.location) ?? (await locate(model, tensor, endOf(tensors, tensor.location)));
    paths.set(tensor.location, path);
    const list = files.get(path);
    if (list) list.push(tensor);
    else files.set(path, [tensor]);
  }
  for (const [path, list] of files) {
    try {
      await readData(model, path, list);
    } catch (error) {
      if (!(error instanceof RangeError)) throw toAppError(error);
      throw new AppError('MODEL_UNREADABLE', `The data file ${path} cannot be read: ${error.message}.`, hint, {
        cause: error,
      });
    }
  }
}
