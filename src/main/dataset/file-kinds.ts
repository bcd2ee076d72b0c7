/** Tells from a file's name alone what a dataset can do with it. */

import { extname } from 'node:path';

/** A kind of file that people keep beside or instead of images and that is counted, not read. */
export interface UnreadKind {
  /** `HEIC picture`; its plural ends in `s`. */
  readonly noun: string;
  readonly group: 'picture' | 'archive' | 'array' | 'table';
}

export type FileKind =
  /** Listed as an image; what it really holds shows when it is read. */
  | 'image'
  /** Text that may be a table of labels or a class list. */
  | 'table'
  /** Pictures or labels in one IDX file. */
  | 'container'
  /** Known to be neither picture nor table. */
  | 'other'
  /** Only its first bytes can tell. */
  | 'unknown'
  | UnreadKind;

const imageExtensions: ReadonlySet<string> = new Set(
  '.jpg .jpeg .jpe .jfif .png .webp .gif .tif .tiff .avif .bmp .ppm .pgm .pbm .pnm'.split(' '),
);
const tableExtensions: ReadonlySet<string> = new Set('.csv .tsv .txt .jsonl .ndjson .json'.split(' '));
const otherExtensions: ReadonlySet<string> = new Set(
  (
    '.md .rst .html .htm .xml .yaml .yml .toml .ini .cfg .conf .log .pdf .doc .docx .odt .rtf .ppt .pptx .tex .bib ' +
    '.py .ipynb .pyc .js .ts .c .cpp .h .hpp .java .m .r .sh .bat .ps1 .exe .dll .so .db .sqlite .lnk .url .lock ' +
    '.pt .pth .ckpt .onnx .safetensors .pb .tflite .names .cff .part .tmp .crdownload .md5 .sha1 .sha256 .asc .sig ' +
    '.mp4 .avi .mov .mkv .webm .mp3 .wav'
  ).split(' '),
);

const unreadExtensions: readonly (readonly [kind: UnreadKind, extensions: string])[] = [
  [{ noun: 'HEIC picture', group: 'picture' }, '.heic .heif .hif'],
  [{ noun: 'JPEG 2000 picture', group: 'picture' }, '.jp2 .j2k .j2c .jpc .jpf .jpx'],
  [{ noun: 'JPEG XL picture', group: 'picture' }, '.jxl'],
  [{ noun: 'SVG drawing', group: 'picture' }, '.svg .svgz'],
  [{ noun: 'Photoshop file', group: 'picture' }, '.psd .psb'],
  [
    { noun: 'raw camera file', group: 'picture' },
    '.dng .cr2 .cr3 .crw .nef .nrw .arw .sr2 .raf .orf .rw2 .pef .srw .3fr .iiq .x3f .raw',
  ],
  [{ noun: 'DICOM file', group: 'picture' }, '.dcm .dicom'],
  [{ noun: 'scanner volume', group: 'picture' }, '.nii .nrrd .mha .mhd'],
  [{ noun: 'OpenEXR picture', group: 'picture' }, '.exr'],
  [{ noun: 'Radiance picture', group: 'picture' }, '.hdr'],
  [{ noun: 'Targa picture', group: 'picture' }, '.tga'],
  [{ noun: 'icon', group: 'picture' }, '.ico .icns .cur'],
  [{ noun: 'vector drawing', group: 'picture' }, '.eps .wmf .emf .ai'],
  [{ noun: 'GIMP picture', group: 'picture' }, '.xcf'],
  [{ noun: 'DDS texture', group: 'picture' }, '.dds'],
  [{ noun: 'PCX picture', group: 'picture' }, '.pcx'],
  [{ noun: 'PAM or PFM picture', group: 'picture' }, '.pam .pfm'],
  [{ noun: 'QOI picture', group: 'picture' }, '.qoi'],
  [{ noun: 'archive', group: 'archive' }, '.zip .tar .tgz .tbz2 .txz .gz .bz2 .xz .7z .rar .zst'],
  [{ noun: 'NumPy array', group: 'array' }, '.npy .npz'],
  [{ noun: 'HDF5 file', group: 'array' }, '.h5 .hdf5'],
  [{ noun: 'MATLAB file', group: 'array' }, '.mat'],
  [{ noun: 'pickled file', group: 'array' }, '.pkl .pickle'],
  [{ noun: 'TFRecord file', group: 'array' }, '.tfrecord .tfrecords'],
  [{ noun: 'LMDB file', group: 'array' }, '.mdb .lmdb'],
  [{ noun: 'Parquet table', group: 'table' }, '.parquet'],
  [{ noun: 'Arrow table', group: 'table' }, '.arrow .feather'],
  [{ noun: 'Excel workbook', group: 'table' }, '.xlsx .xls .xlsm .ods'],
];

const unreadKinds: ReadonlyMap<string, UnreadKind> = new Map(
  unreadExtensions.flatMap(([kind, extensions]) =>
    extensions.split(' ').map((extension) => [extension, kind] as const),
  ),
);

/** `train-images-idx3-ubyte.gz`: a container with a reader of its own, no archive. */
const idxContainer = /idx[134][-.]ubyte(?:\.gz)?$/i;
/** What file managers leave behind. */
const litter = /^(?:thumbs\.db|desktop\.ini|icon\r)$/i;

/** Whether the name's extension is that of an image. */
export function hasImageExtension(name: string): boolean {
  return imageExtensions.has(extname(name).toLowerCase());
}

/** What a file of this name is. */
export function kindOfName(name: string): FileKind {
  const extension = extname(name).toLowerCase();
  if (imageExtensions.has(extension)) return 'image';
  if (tableExtensions.has(extension)) return 'table';
  if (idxContainer.test(name)) return 'container';
  if (otherExtensions.has(extension) || litter.test(name)) return 'other';
  return unreadKinds.get(extension) ?? 'unknown';
}

/** `10 HEIC pictures`. */
export function nounOf({ noun }: UnreadKind, count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : `${noun}s`}`;
}

/** What is said of files of a kind that were counted only, as a phrase for a warning, with the way out. */
export function sayUnread({ noun, group }: UnreadKind): { readonly what: string; readonly wayOut: string } {
  switch (group) {
    case 'picture':
      return {
        what: `Left out, because a ${noun} cannot be read here`.replace(/\ba (?=[aeiou])/, 'an '),
        wayOut: 'Save them as JPEG, PNG or TIFF to have them audited.',
      };
    case 'archive':
      return { what: 'Archives that were not looked into', wayOut: 'Unpack them and scan the folder again.' };
    case 'array':
      return {
        what: `${noun}s that were not looked into`,
        wayOut: 'If they hold pictures, save each as a PNG in a folder per class.',
      };
    case 'table':
      return {
        what: `Not read as a table of labels, because the format is not known here: ${noun}s`,
        wayOut: 'Save them as CSV if they hold the labels.',
      };
  }
}
