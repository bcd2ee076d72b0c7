/** Makes a folder of images as bad as people have them, with a label table to match; nothing of it is committed. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import sharp, { type Sharp } from 'sharp';

/** One file and what must come of reading it. */
export interface BadImage {
  readonly file: string;
  /** What is odd about it. */
  readonly oddity: string;
  /** Upright size; null when the file must be listed as unreadable. */
  readonly size: { readonly width: number; readonly height: number } | null;
}

export interface BadImages {
  /** The folder, with a `labels.csv` in it. */
  readonly folder: string;
  readonly images: readonly BadImage[];
  /** Path of the table `path,label,split`. */
  readonly labelsFile: string;
  /** Rows that name no file, and files that the table names twice. */
  readonly missing: readonly string[];
  readonly twice: readonly string[];
  /** A label that no model knows, given to `grey.png` and by the rows that do not count. */
  readonly unknownLabel: string;
}

export interface BadImageOptions {
  /** Labels given to the images in turn. */
  readonly labels?: readonly string[];
  /** Whether to make the 12,000 x 9,000 JPEG too (takes about two seconds). */
  readonly huge?: boolean;
}

type Rgb = readonly [number, number, number];

/** Upright size and corner colours of the EXIF pictures: red, green / blue, white. */
export const uprightSize = { width: 48, height: 32 } as const;
export const cornerColours: readonly [Rgb, Rgb, Rgb, Rgb] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
];

/** Where the stored pixel (x, y) of a `w` x `h` picture belongs upright; EXIF 2.3, tag 0x0112. */
const uprightPlace: readonly ((x: number, y: number, w: number, h: number) => readonly [number, number])[] = [
  (x, y) => [x, y],
  (x, y, w) => [w - 1 - x, y],
  (x, y, w, h) => [w - 1 - x, h - 1 - y],
  (x, y, _w, h) => [x, h - 1 - y],
  (x, y) => [y, x],
  (x, y, _w, h) => [h - 1 - y, x],
  (x, y, w, h) => [h - 1 - y, w - 1 - x],
  (x, y, w) => [y, w - 1 - x],
];

function oriented(orientation: number): Sharp {
  const swapped = orientation > 4;
  const width = swapped ? uprightSize.height : uprightSize.width;
  const height = swapped ? uprightSize.width : uprightSize.height;
  const pixels = Buffer.alloc(width * height * 3);
  const place = uprightPlace[orientation - 1];
  if (place === undefined) throw new RangeError(`no such orientation: ${String(orientation)}`);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = place(x, y, width, height);
      const corner = (u < uprightSize.width / 2 ? 0 : 1) + (v < uprightSize.height / 2 ? 0 : 2);
      pixels.set(cornerColours[corner] ?? [0, 0, 0], 3 * (y * width + x));
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } }).withMetadata({ orientation });
}

function plain(width: number, height: number, { r, g, b }: { r: number; g: number; b: number }): Sharp {
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
}

/** A gradient with a grid: compresses to something longer than its header. */
function textured(width: number, height: number): Sharp {
  const pixels = Buffer.alloc(width * height * 3);
  for (let index = 0; index < pixels.length; index += 1) pixels[index] = (index * 31 + (index >> 5) * 7) % 256;
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

async function animated(format: 'gif' | 'webp'): Promise<Buffer> {
  const frames = await Promise.all(
    [
      { r: 255, g: 0, b: 0 },
      { r: 0, g: 0, b: 255 },
    ].map((colour) => plain(20, 10, colour).png().toBuffer()),
  );
  const film = sharp(frames, { join: { animated: true } });
  return format === 'gif' ? film.gif().toBuffer() : film.webp({ lossless: true }).toBuffer();
}

/** 16 bits a channel: a ramp from 0 to 65,535. */
function deep(): Sharp {
  const pixels = Uint16Array.from({ length: 256 * 4 * 3 }, (_, index) => (Math.floor(index / 3) % 256) * 257);
  const raw = { width: 256, height: 4, channels: 3, premultiplied: false } as const;
  return sharp(pixels, { raw }).toColourspace('rgb16');
}

interface Made extends BadImage {
  readonly bytes: Uint8Array | Promise<Uint8Array>;
}

const small = { width: 64, height: 48 } as const;

function badContents(): readonly Made[] {
  const photo = textured(small.width, small.height).jpeg().toBuffer();
  const png = textured(small.width, small.height).png().toBuffer();
  const half = async (whole: Promise<Buffer>): Promise<Buffer> => {
    const bytes = await whole;
    return bytes.subarray(0, Math.floor(bytes.length / 2));
  };
  const grey = plain(small.width, small.height, { r: 90, g: 90, b: 90 });
  return [
    { file: 'truncated.jpg', oddity: 'a JPEG cut in half', size: null, bytes: half(photo) },
    { file: 'truncated.png', oddity: 'a PNG cut in half', size: null, bytes: half(png) },
    { file: 'empty.jpg', oddity: '0 bytes', size: null, bytes: Buffer.alloc(0) },
    { file: 'text.jpg', oddity: 'text named .jpg', size: null, bytes: Buffer.from('This is no picture.\n') },
    { file: 'png-named.jpg', oddity: 'a PNG named .jpg', size: small, bytes: png },
    {
      file: 'cmyk.jpg',
      oddity: 'a CMYK JPEG',
      size: small,
      bytes: grey.clone().toColourspace('cmyk').jpeg().toBuffer(),
    },
    { file: 'deep.png', oddity: '16 bits a channel', size: { width: 256, height: 4 }, bytes: deep().png().toBuffer() },
    { file: 'grey.png', oddity: 'one channel', size: small, bytes: grey.clone().toColourspace('b-w').png().toBuffer() },
    {
      file: 'transparent.png',
      oddity: 'an alpha channel',
      size: small,
      bytes: sharp({ create: { ...small, channels: 4, background: { r: 200, g: 100, b: 50, alpha: 0 } } })
        .png()
        .toBuffer(),
    },
    { file: 'animated.gif', oddity: 'two frames', size: { width: 20, height: 10 }, bytes: animated('gif') },
    { file: 'animated.webp', oddity: 'two frames', size: { width: 20, height: 10 }, bytes: animated('webp') },
  ];
}

function orientations(): readonly Made[] {
  return uprightPlace.map((_, index) => ({
    file: `exif-${String(index + 1)}.jpg`,
    oddity: `EXIF orientation ${String(index + 1)}`,
    size: uprightSize,
    bytes: oriented(index + 1)
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer(),
  }));
}

/** Names that file systems other than Windows' allow. */
export const badNames: readonly string[] = [
  `it's a "snake".jpg`,
  'two\nlines.jpg',
  'snake \u{1F40D}.jpg',
  '<img src=x onerror=alert(1)>.jpg',
  '=cmd.jpg',
  '+1.jpg',
  '-rf.jpg',
  '@SUM(A1).jpg',
  'comma, semicolon; percent%20.jpg',
  ' space before.jpg',
  `${'long '.repeat(49)}name.jpg`,
];

function badlyNamed(): readonly Made[] {
  const bytes = plain(small.width, small.height, { r: 10, g: 120, b: 200 }).jpeg().toBuffer();
  return badNames.map((file) => ({ file, oddity: 'its name', size: small, bytes }));
}

function huge(): Made {
  const size = { width: 12_000, height: 9_000 };
  const bytes = plain(size.width, size.height, { r: 30, g: 60, b: 90 }).jpeg({ quality: 60 }).toBuffer();
  return { file: 'huge.jpg', oddity: '12,000 x 9,000 pixels', size, bytes };
}

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

/** Fills `folder` (made if need be) with bad images and a `labels.csv`. */
export async function makeBadImages(folder: string, options: BadImageOptions = {}): Promise<BadImages> {
  const { labels = ['cat', 'dog'] } = options;
  await mkdir(folder, { recursive: true });
  const made = [...badContents(), ...orientations(), ...badlyNamed(), ...(options.huge === false ? [] : [huge()])];
  for (const { file, bytes } of made) await writeFile(join(folder, file), await bytes);
  const unknownLabel = 'no such class';
  const missing = ['not-there.jpg', 'gone/away.png'];
  const twice = ['png-named.jpg', 'cmyk.jpg'];
  const rows = [
    ['path', 'label', 'split'],
    ...made.map(({ file }, index) => {
      const label = file === 'grey.png' ? unknownLabel : (labels[index % labels.length] ?? '');
      return [file, label, index % 2 === 0 ? 'train' : 'test'];
    }),
    ...missing.map((file) => [file, labels[0] ?? '', 'train']),
    ...twice.map((file) => [file, unknownLabel, 'train']),
    ['not-there-either.jpg', unknownLabel, 'test'],
  ];
  const labelsFile = join(folder, 'labels.csv');
  await writeFile(labelsFile, rows.map((row) => row.map(quoted).join(',')).join('\r\n') + '\r\n');
  const images = made.map(({ file, oddity, size }) => ({ file, oddity, size }));
  return { folder, images, labelsFile, missing: [...missing, 'not-there-either.jpg'], twice, unknownLabel };
}
