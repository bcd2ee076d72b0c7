/** Reads files that are files: a pipe, a device or a drive that hangs in the place of one is an error, never a wait. */

import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { drives, NoAnswer, type Patience } from './patience.js';

/** One read asks for this much at most, so that also a slow drive answers in time. */
const chunkBytes = 4 * 2 ** 20;

/** {@link RegularFile.chunks} are this long. */
const pieceBytes = 2 ** 20;

/** Opening for reading waits for nobody: neither for the other end of a pipe nor for a device (POSIX, open). */
const withoutWaiting = constants.O_RDONLY | ((constants as { readonly O_NONBLOCK?: number }).O_NONBLOCK ?? 0);

/** Something that is not a file lies at a path; its message continues a sentence that names the path. */
export class NoRegularFile extends Error {
  /** As the operating system would have it for a folder. */
  readonly code: 'EISDIR' | 'NOT_A_FILE';

  constructor(found: BigIntStats) {
    super(`it is ${kindOf(found)}, not a file`);
    this.name = 'NoRegularFile';
    this.code = found.isDirectory() ? 'EISDIR' : 'NOT_A_FILE';
  }
}

function kindOf(found: BigIntStats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  if (found.isSocket()) return 'a socket';
  return 'a device';
}

const systemCode = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

async function openHandle(path: string): Promise<FileHandle> {
  try {
    return await open(path, withoutWaiting);
  } catch (error) {
    // Another program holds a lease and is being asked to give it up (Linux, F_SETLEASE): that is worth waiting for.
    if (systemCode(error) !== 'EAGAIN') throw error;
    return open(path, constants.O_RDONLY);
  }
}

/** Closing waits for a read that hangs: then nobody waits for the closing. */
async function closeUnless(hangs: boolean, handle: FileHandle): Promise<void> {
  const closed = handle.close();
  if (hangs) closed.catch(() => undefined);
  else await closed;
}

/** An open file, for reading. */
export class RegularFile {
  /** As it was when it was opened. */
  readonly found: BigIntStats;
  readonly #handle: FileHandle;
  readonly #patience: Patience;
  #silent = false;

  private constructor(handle: FileHandle, found: BigIntStats, patience: Patience) {
    this.#handle = handle;
    this.found = found;
    this.#patience = patience;
  }

  /** Bytes, when it was opened. */
  get size(): number {
    return Number(this.found.size);
  }

  /**
   * @throws NoRegularFile for anything but a file; NoAnswer when the drive hangs; the operating system's errors.
   */
  static async open(path: string, patience: Patience = drives): Promise<RegularFile> {
    const handle = await patience.wait(
      () => openHandle(path),
      (late) => late.close(),
    );
    try {
      const found = await patience.wait(() => handle.stat({ bigint: true }));
      if (!found.isFile()) throw new NoRegularFile(found);
      return new RegularFile(handle, found, patience);
    } catch (error) {
      await closeUnless(error instanceof NoAnswer, handle);
      throw error;
    }
  }

  /** Reads into `bytes` from `position` in the file; returns how many bytes there were, fewer only at the file's end. */
  async read(bytes: Uint8Array, position: number): Promise<number> {
    let at = 0;
    while (at < bytes.length) {
      const length = Math.min(chunkBytes, bytes.length - at);
      const bytesRead = await this.#ask(() => this.#handle.read(bytes, at, length, position + at));
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return at;
  }

  /** Everything, in memory of its own; less than `size` when the file became shorter meanwhile. */
  async whole(): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(this.size);
    const length = await this.read(bytes, 0);
    return length < bytes.length ? bytes.subarray(0, length) : bytes;
  }

  /** Piece by piece, from the beginning to the end. */
  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    for (let from = 0; from < this.size;) {
      const bytes = Buffer.allocUnsafeSlow(Math.min(pieceBytes, this.size - from));
      const length = await this.read(bytes, from);
      if (length === 0) return;
      yield bytes.subarray(0, length);
      from += length;
    }
  }

  async close(): Promise<void> {
    await closeUnless(this.#silent, this.#handle);
  }

  async #ask(ask: () => Promise<{ readonly bytesRead: number }>): Promise<number> {
    try {
      return (await this.#patience.wait(ask)).bytesRead;
    } catch (error) {
      if (error instanceof NoAnswer) this.#silent = true;
      throw error;
    }
  }
}

/** Lets `use` read a file and closes it. @throws as {@link RegularFile.open}, and what `use` throws. */
export async function withFile<Result>(path: string, use: (file: RegularFile) => Promise<Result>): Promise<Result> {
  const file = await RegularFile.open(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** A file's bytes. @throws as {@link RegularFile.open}. */
export async function readRegularFile(path: string): Promise<Buffer> {
  return withFile(path, (file) => file.whole());
}

/** A file as UTF-8 text. @throws as {@link RegularFile.open}. */
export async function readRegularText(path: string): Promise<string> {
  return (await readRegularFile(path)).toString('utf8');
}

/** A file's bytes piece by piece. @throws as {@link RegularFile.open}. */
export async function* readChunks(path: string): AsyncGenerator<Buffer, void, undefined> {
  const file = await RegularFile.open(path);
  try {
    yield* file.chunks();
  } finally {
    await file.close();
  }
}

/** What lies at a path. @throws NoAnswer when the drive hangs; the operating system's errors. */
export async function statPatiently(path: string): Promise<BigIntStats> {
  return drives.wait(() => stat(path, { bigint: true }));
}
