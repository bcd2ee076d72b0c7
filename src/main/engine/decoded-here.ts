/** What the decoders written here share: the largest image that is decoded, and why one cannot be. */

/** 16,383 x 16,383: the largest image that is decoded. */
export const pixelLimit = 0x3fff ** 2;

/** Why a file holds no picture; the message continues a sentence that begins with its name. */
export class BadPicture extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'BadPicture';
  }
}

/** The file ends before the picture does. */
export function cutOff(): BadPicture {
  return new BadPicture('is cut off: the file ends before the image does');
}

/** Refuses sizes that no picture has, before anything of that size is allocated. @throws BadPicture */
export function checkSize(width: number, height: number): void {
  if (width < 1 || height < 1) {
    throw new BadPicture(`is damaged: it says that it is ${String(width)} x ${String(height)} pixels large`);
  }
  if (width * height > pixelLimit) {
    throw new BadPicture(`has more than ${String(Math.floor(pixelLimit / 1e6))} million pixels`);
  }
}
