/** Keeps thumbnails in the project's folder, so that a second look at the gallery decodes nothing. */

import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ImageSource } from './dataset/dataset.js';
import type { Picture } from './engine/engine.js';
import { replaceFile } from './files/atomic-file.js';
import { drives } from './files/patience.js';

/** A picture and a tag that changes with its file. */
export type TaggedPicture = Picture & { readonly tag: string };

/** Bytes before the picture: u16 width, u16 height, u8 kind (1 JPEG, 2 PNG). */
const headerBytes = 5;

function pack({ bytes, mime, width, height }: Picture): Uint8Array {
  const file = new Uint8Array(headerBytes + bytes.length);
  const view = new DataView(file.buffer);
  view.setUint16(0, width);
  view.setUint16(2, height);
  view.setUint8(4, mime === 'image/jpeg' ? 1 : 2);
  file.set(bytes, headerBytes);
  return file;
}

function unpack(file: Uint8Array): Picture | null {
  if (file.length <= headerBytes) return null;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const mime = view.getUint8(4) === 1 ? 'image/jpeg' : 'image/png';
  return { bytes: file.subarray(headerBytes), mime, width: view.getUint16(0), height: view.getUint16(2) };
}

/** The thumbnails of one project. */
export class Thumbnails {
  readonly #folder: string;
  readonly #make: (source: ImageSource) => Promise<Picture>;
  readonly #troubled: (error: unknown) => void;
  #trouble = false;

  /**
   * @param make decodes a thumbnail
   * @param troubled hears, once, when thumbnails cannot be kept (a full or read-only disk); they are shown nevertheless
   */
  constructor(
    projectFolder: string,
    make: (source: ImageSource) => Promise<Picture>,
    troubled: (error: unknown) => void,
  ) {
    this.#folder = join(projectFolder, 'thumbnails');
    this.#make = make;
    this.#troubled = troubled;
  }

  /** The thumbnail of an image, kept or made now. @throws AppError `IMAGE_*`. */
  async get(source: ImageSource): Promise<TaggedPicture> {
    const tag = await tagOf(source);
    // Pixels inside a container need no decoding: keeping ten thousand tiny files would be slower.
    if (tag === null || source.member !== undefined) return { ...(await this.#make(source)), tag: tag ?? '' };
    const path = join(this.#folder, tag.slice(0, 2), `${tag}.thumb`);
    const kept = await readFile(path).catch(() => null); // not kept yet: it is made below
    const known = kept === null ? null : unpack(kept);
    if (known !== null) return { ...known, tag };
    const made = await this.#make(source);
    await this.#keep(path, made);
    return { ...made, tag };
  }

  async #keep(path: string, picture: Picture): Promise<void> {
    if (this.#trouble) return;
    try {
      await mkdir(dirname(path), { recursive: true });
      await replaceFile(path, (unfinished) => writeFile(unfinished, pack(picture)));
    } catch (error) {
      this.#trouble = true;
      this.#troubled(error);
    }
  }
}

/** Names a file's content by place, size and time; null when the file is not there, which decoding will say better. */
async function tagOf({ path, member }: ImageSource): Promise<string | null> {
  const found = await drives.wait(() => stat(path)).catch(() => null);
  if (found === null) return null;
  const facts = `${path}\n${member ?? ''}\n${found.size}\n${found.mtimeMs}`;
  return createHash('sha256').update(facts).digest('hex').slice(0, 32);
}
