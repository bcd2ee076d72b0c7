/** Tells from its first bytes and its name what a file is that was given as a model and is none, and what to do about it. */

import { basename } from 'node:path';
import { AppError, type ErrorCode } from '../../shared/errors.js';
import { withFile } from '../files/regular-file.js';

/** A file that is something else. */
export interface ForeignFile {
  readonly code: Extract<ErrorCode, 'MODEL_UNREADABLE' | 'MODEL_UNSUPPORTED'>;
  /** What it is, after its name: 'is a ZIP archive'. */
  readonly what: string;
  readonly hint: string;
}

/** So much of a file tells what it is. */
const headBytes = 1024;

const unreadable = (what: string, hint: string): ForeignFile => ({ code: 'MODEL_UNREADABLE', what, hint });
const unsupported = (what: string, hint: string): ForeignFile => ({ code: 'MODEL_UNSUPPORTED', what, hint });

const archive = (kind: string): ForeignFile =>
  unsupported(`is ${kind} archive`, 'Unpack it, and choose the folder or the model file that is in it.');
const keras = unsupported(
  'is a Keras model (TensorFlow)',
  'Convert it to ONNX where it was trained: load it with keras.models.load_model, save it with model.export("saved_model"), then python -m tf2onnx.convert --saved-model saved_model --output model.onnx.',
);
const tensorflow = unsupported(
  'is a TensorFlow graph',
  'Convert it to ONNX where it was trained: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx (or --graphdef FILE for a frozen graph).',
);
const tflite = unsupported(
  'is a TensorFlow Lite model',
  'Convert it to ONNX: python -m tf2onnx.convert --tflite FILE --output model.onnx; or export the model it was made from.',
);
const gguf = unsupported(
  'is a GGUF file, as llama.cpp and its kin read it',
  'Choose the model that it was made from: a folder with config.json and model.safetensors, or an ONNX file.',
);
const flax = unsupported(
  'holds weights of Flax (JAX)',
  'Convert them where they were trained: load the model with from_pretrained(..., from_flax=True), then save_pretrained(FOLDER), and choose that folder.',
);
const builtFor = (what: string): ForeignFile =>
  unsupported(`is a model built for ${what}`, 'Choose the ONNX file or the folder of weights that it was built from.');

/** Formats that only the name tells. */
const byExtension: Readonly<Record<string, ForeignFile>> = {
  '.pb': tensorflow,
  '.tflite': tflite,
  '.h5': keras,
  '.keras': keras,
  '.hdf5': keras,
  '.gguf': gguf,
  '.ggml': gguf,
  '.msgpack': flax,
  '.mlmodel': builtFor('Core ML'),
  '.mlpackage': builtFor('Core ML'),
  '.engine': builtFor('TensorRT'),
  '.plan': builtFor('TensorRT'),
  '.trt': builtFor('TensorRT'),
  '.ort': builtFor('a reduced ONNX Runtime'),
  '.pdmodel': builtFor('PaddlePaddle'),
};

const archives: readonly (readonly [offset: number, bytes: string, kind: string])[] = [
  [0, 'PK\x03\x04', 'a ZIP'],
  [0, '\x1f\x8b', 'a gzip'],
  [0, 'BZh', 'a bzip2'],
  [0, '\xfd7zXZ', 'an XZ'],
  [0, '7z\xbc\xaf', 'a 7-Zip'],
  [0, 'Rar!', 'a RAR'],
  [0, '\x28\xb5\x2f\xfd', 'a Zstandard'],
  [257, 'ustar', 'a tar'],
];

/** Text files that stand where a model should be. */
function ofText(text: string): ForeignFile | null {
  if (text.startsWith('version https://git-lfs.github.com')) {
    const bytes = Number(/^size (\d{1,15})$/m.exec(text)?.[1] ?? 0);
    const size = bytes >= 1e6 ? ` (${Math.round(bytes / 1e6).toLocaleString('en')} MB)` : '';
    return unreadable(
      `is a Git LFS pointer: the file itself${size} was not downloaded`,
      'Run "git lfs install" and "git lfs pull" in its folder, or download the file itself into its place.',
    );
  }
  if (/^\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b/is.test(text)) {
    return unreadable(
      'is a web page that was saved in place of the file, as happens where a download needs a login or is refused',
      'Log in or accept the terms where it comes from, and download the file itself again.',
    );
  }
  if (/^\s*<\?xml[^>]*>\s*<(Error|AccessDenied)\b/i.test(text)) {
    return unreadable(
      "is a storage server's message of an error that was saved in place of the file",
      'Check the link and your access to it, and download the file again.',
    );
  }
  if (/^\s*<\?xml[^>]*>\s*<net\b/i.test(text)) return builtFor('OpenVINO');
  if (/^(\.{0,2}\/|[a-z]:[\\/])[^\n\r]{1,400}[\n\r]*$/i.test(text)) {
    return unreadable(
      `holds only the path '${text.trim().slice(0, 200)}': it was a link, and copying or unpacking made a text of it`,
      'Put the file that it meant in its place.',
    );
  }
  return null;
}

/** What a file of this name is whose content begins with `head`; null for what may well be a model. */
export function foreignFile(head: Uint8Array, name: string): ForeignFile | null {
  if (head.length === 0) return unreadable('is empty', 'Check that the download or export finished, and get it again.');
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  const extension = /\.[^.]+$/.exec(name)?.[0].toLowerCase() ?? '';
  if (text.startsWith('GGUF')) return gguf;
  if (text.startsWith('TFL3', 4)) return tflite;
  if (text.startsWith('\x89HDF\r\n')) return keras;
  const packed = archives.find(([offset, bytes]) => text.startsWith(bytes, offset));
  if (packed) return extension === '.keras' ? keras : archive(packed[2]);
  return ofText(text) ?? byExtension[extension] ?? null;
}

/** The first bytes of a regular file; null for anything else and for what cannot be read, which whoever opens it tells. */
export async function headOf(path: string): Promise<Uint8Array | null> {
  return withFile(path, async (file) => {
    const head = new Uint8Array(headBytes);
    return head.subarray(0, await file.read(head, 0));
  }).catch(() => null);
}

function refuse(path: string, { code, what, hint }: ForeignFile): never {
  throw new AppError(code, `${path} ${what}.`, hint);
}

/** Refuses the file at `path` when it is something else. @throws AppError `MODEL_UNREADABLE` or `MODEL_UNSUPPORTED`. */
export async function refuseForeignFile(path: string): Promise<void> {
  const head = await headOf(path);
  const foreign = head === null ? null : foreignFile(head, basename(path));
  if (foreign !== null) refuse(path, foreign);
}

/** Refuses the file at `path` when it is empty or a text that stands in its place. @throws AppError `MODEL_UNREADABLE`. */
export async function refuseTextInPlace(path: string): Promise<void> {
  const head = await headOf(path);
  const foreign = head === null ? null : foreignFile(head, basename(path));
  if (foreign?.code === 'MODEL_UNREADABLE') refuse(path, foreign);
}
