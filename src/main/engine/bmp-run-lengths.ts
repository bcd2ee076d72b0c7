/** Unpacks the run lengths of bitmaps with 4 or 8 bits a pixel (RLE4, RLE8). */

import type { BmpHeader } from './bmp-header.js';
import { cutOff } from './decoded-here.js';

/** What a zero in place of a run's length is followed by; larger numbers count pixels that follow as they are. */
const endOfRow = 0;
const endOfPicture = 1;
const move = 2;

/**
 * Indices of a palette, rows as they lie in the file: `[height, width]`. Pixels that are passed over are 0; runs that go
 * beyond a row end with it.
 * @throws BadPicture when the data end before the picture does.
 */
export function runLengthIndices(data: Uint8Array, { width, height, bits }: BmpHeader): Uint8Array {
  // A picture is at most as much larger than its runs as one run can be; but it may end early, so only data are asked for.
  const indices = new Uint8Array(width * height);
  const half = bits === 4;
  let [at, x, y] = [0, 0, 0];
  const byte = (): number => {
    const value = data[at++];
    if (value === undefined) throw cutOff();
    return value;
  };
  const put = (index: number): void => {
    if (x < width && y < height) indices[y * width + x] = index;
    x++;
  };
  /** The index at an even or odd place of bytes that hold two each. */
  const nibble = (value: number, place: number): number => (place % 2 === 0 ? value >> 4 : value & 15);
  while (y < height) {
    // Files of some writers lack the mark of the end.
    if (at >= data.length && y === height - 1 && x >= width) return indices;
    const [count, second] = [byte(), byte()];
    if (count > 0) for (let place = 0; place < count; place++) put(half ? nibble(second, place) : second);
    else if (second === endOfPicture) return indices;
    else if (second === endOfRow) [x, y] = [0, y + 1];
    else if (second === move) [x, y] = [x + byte(), y + byte()];
    else {
      let packed = 0;
      const from = at;
      for (let place = 0; place < second; place++) {
        if (!half || place % 2 === 0) packed = byte();
        put(half ? nibble(packed, place) : packed);
      }
      // Pixels as they are take an even number of bytes.
      if ((at - from) % 2 === 1) at++;
    }
  }
  return indices;
}
