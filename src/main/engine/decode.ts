/** Decodes and encodes pictures: what the model sees as RGB bytes, thumbnails and large views for people, PNG and JPEG. */

import type { Sharp, SharpOptions } from 'sharp';

import { AppError } from '../../shared/errors.js';
import { pictureEdges } from '../../shared/picture-edges.js';
import type { SourceData } from '../dataset/source.js';
import { decodeBmp, isBmp } from './decode-bmp.js';
import { BadPicture, pixelLimit } from './decoded-here.js';
import { decodePnm, isPnm } from './decode-pnm.js';
import type { Picture } from './exchange.js';
import type { RgbImage } from './rgb-image.js';
import { loadSharp } from './sharp-binding.js';

const sharp = loadSharp();

// Every image is decoded once: a cache of operations would only hold memory. Several images are decoded at a time, each
// on one thread.
sharp.cache(false);
sharp.concurrency(1);

// Only the formats of photographs; no SVG, PDF or archive reader ever sees a dataset's file.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((name) => `VipsForeignLoad${name}`),
});

/** Pictures up to this side are sent as they are, so that the window can scale their pixels crisply. */
const tinySide = 96;
const jpegQuality = 82;

const decoding = {
  limitInputPixels: pixelLimit,
  // A file that ends too early or is broken is an error; a merely odd one is not (as in PIL).
  failOn: 'error',
} as const satisfies SharpOptions;

type RawData = Extract<SourceData, { kind: 'raw' }>;

/** First bytes of formats that people have, whatever the files are called, but libvips as shipped cannot read. */
const foreignFormats: readonly (readonly [name: string, start: RegExp])[] = [
  ['a PDF', /^%PDF/],
  ['an SVG image', /^<svg/],
  ['a Photoshop image', /^8BPS/],
  ['a HEIC image', /^.{4}ftyp(?:hei[csxm]|hev[cx]|mif1|msf1)/s],
  ['a JPEG XL image', /^(?:\xff\x0a|\0\0\0\x0cJXL )/],
  ['a JPEG 2000 image', /^(?:\0\0\0\x0cjP {2}|\xff\x4f\xff\x51)/],
  ['a web page', /^\s*<(?:!doctype html|html)/i],
];

function foreignName(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 32)).toString('latin1');
  return foreignFormats.find(([, signature]) => signature.test(start))?.[0];
}

function unknownFormat(bytes: Uint8Array): string {
  const foreign = foreignName(bytes);
  if (foreign !== undefined) return `holds ${foreign}, which cannot be decoded here`;
  return 'is not an image in a known format (JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP or PNM)';
}

/** Whether a PNG has no end chunk, or a WebP is shorter than its header says: libvips calls both broken, not short. */
function endsEarly(bytes: Uint8Array): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.toString('latin1', 1, 4) === 'PNG') return !view.subarray(-64).includes('IEND');
  return view.toString('latin1', 0, 4) === 'RIFF' && view.length >= 8 && view.readUInt32LE(4) + 8 > view.length;
}

/** What libvips says, in plain words and without its module names. */
function reasonOf(error: unknown, data: SourceData): string {
  if (error instanceof BadPicture) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  if (/unsupported image format|not a known|operation is blocked/i.test(message) && data.kind === 'encoded') {
    return unknownFormat(data.bytes);
  }
  if (/exceeds pixel limit/i.test(message))
    return `has more than ${String(Math.floor(pixelLimit / 1e6))} million pixels`;
  const short = data.kind === 'encoded' && endsEarly(data.bytes);
  if (short || /premature end|truncat|unexpected end|end of (?:file|stream|input)|EOF|ran out of data/i.test(message)) {
    return 'is cut off: the file ends before the image does';
  }
  if (data.kind === 'encoded' && foreignName(data.bytes) !== undefined) return unknownFormat(data.bytes);
  const [first = message] = message.split('\n');
  return `is damaged: ${first.replace(/^vips\w*: /i, '')}`;
}

function undecodable(error: unknown, data: SourceData): AppError {
  return new AppError(
    'IMAGE_UNREADABLE',
    `"${data.name}" ${reasonOf(error, data)}.`,
    'Get the file again from where it came, or convert it to JPEG or PNG.',
    { cause: error },
  );
}

/** The pixels of formats that libvips as shipped does not read, decoded here; anything else as it is. @throws BadPicture */
function withOwnDecoders(data: SourceData): SourceData {
  if (data.kind === 'raw') return data;
  const { name, bytes } = data;
  if (isBmp(bytes)) return { kind: 'raw', name, channels: 3, ...decodeBmp(bytes) };
  if (isPnm(bytes)) return { kind: 'raw', name, channels: 3, ...decodePnm(bytes) };
  return data;
}

function open(data: SourceData, options: SharpOptions): Sharp {
  if (data.kind === 'encoded') return sharp(data.bytes, { ...decoding, ...options, autoOrient: true });
  const { width, height, channels } = data;
  return sharp(data.pixels, { raw: { width, height, channels } });
}

function rgbOfRaw({ pixels, width, height, channels }: RawData): RgbImage {
  if (channels === 3) return { pixels, width, height };
  const rgb = new Uint8Array(pixels.length * 3);
  for (const [index, value] of pixels.entries()) rgb.fill(value, 3 * index, 3 * index + 3);
  return { pixels: rgb, width, height };
}

/**
 * Decodes an image to what a model is given: upright by EXIF, 8 bits, RGB, first frame, at full size. Colours are taken
 * as stored, without the ICC profile, and transparency is dropped without blending: as PIL's `convert('RGB')` does.
 * Only CMYK goes through a profile.
 * @throws AppError `IMAGE_UNREADABLE` with the reason in plain words.
 */
export async function decodeRgb(data: SourceData): Promise<RgbImage> {
  try {
    const known = withOwnDecoders(data);
    if (known.kind === 'raw') return rgbOfRaw(known);
    const { data: pixels, info } = await open(known, { ignoreIcc: true })
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { pixels: unshared(pixels), width: info.width, height: info.height };
  } catch (error) {
    throw undecodable(error, data);
  }
}

/** The same bytes in memory of their own: ONNX Runtime refuses the shared memory of sharp's WebAssembly build. */
function unshared(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof SharedArrayBuffer ? detached(bytes) : bytes;
}

/** A copy that may be sent to another process: sharp's WebAssembly build hands out views of memory shared by threads. */
function detached(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** A picture for people: in sRGB by its profile, upright, at most `side` pixels wide and high, never enlarged. */
async function picture(source: SourceData, side: number): Promise<Picture> {
  try {
    const data = withOwnDecoders(source);
    const image = open(data, {}).removeAlpha().toColourspace('srgb');
    const { width, height } = data.kind === 'raw' ? data : (await image.metadata()).autoOrient;
    const tiny = width <= tinySide && height <= tinySide;
    const sized = image.resize(side, side, { fit: 'inside', withoutEnlargement: true });
    const encoded = tiny ? sized.png() : sized.jpeg({ quality: jpegQuality });
    const { data: bytes, info } = await encoded.toBuffer({ resolveWithObject: true });
    return { bytes: detached(bytes), mime: tiny ? 'image/png' : 'image/jpeg', width: info.width, height: info.height };
  } catch (error) {
    throw undecodable(error, source);
  }
}

/** A thumbnail that fits 256 x 256: JPEG, or PNG with the very pixels for tiny images. @throws AppError `IMAGE_UNREADABLE`. */
export async function thumbnail(data: SourceData): Promise<Picture> {
  return picture(data, pictureEdges.thumb);
}

/** The image at up to 2,048 x 2,048, otherwise as {@link thumbnail}. @throws AppError `IMAGE_UNREADABLE`. */
export async function large(data: SourceData): Promise<Picture> {
  return picture(data, pictureEdges.large);
}

/** The image at up to 6,144 x 6,144, for looking at its own pixels, otherwise as {@link thumbnail}. @throws AppError `IMAGE_UNREADABLE`. */
export async function full(data: SourceData): Promise<Picture> {
  return picture(data, pictureEdges.full);
}

function fromPixels(pixels: Uint8Array, width: number, height: number): Sharp {
  const channels = pixels.length / (width * height);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new RangeError(
      `${String(pixels.length)} bytes are no picture of ${String(width)} x ${String(height)} pixels`,
    );
  }
  const image = sharp(pixels, { raw: { width, height, channels } });
  return channels === 1 ? image.toColourspace('b-w') : image;
}

/** PNG of 8-bit grey, RGB or RGBA pixels, `[height, width, channels]`; channels follow from the length. */
export async function encodePng(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  return detached(await fromPixels(pixels, width, height).png().toBuffer());
}

/** JPEG of 8-bit grey or RGB pixels, `[height, width, channels]`; `quality` from 1 to 100. */
export async function encodeJpeg(
  pixels: Uint8Array,
  width: number,
  height: number,
  quality = jpegQuality,
): Promise<Uint8Array> {
  return detached(await fromPixels(pixels, width, height).jpeg({ quality }).toBuffer());
}
