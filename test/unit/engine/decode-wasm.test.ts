import { createHash } from 'node:crypto';

import { expect, test, vi } from 'vitest';

import { decodeRgb, thumbnail } from '../../../src/main/engine/decode.js';
import { loadSharp } from '../../../src/main/engine/sharp-binding.js';
import { pillowImages } from '../../support/pillow-images.js';

// Runs before the imports: this process passes for Electron, whose presence decides the binding.
vi.hoisted(() => {
  Object.defineProperty(process.versions, 'electron', { value: '45.0.0', configurable: true });
});

test.runIf(process.platform === 'linux')(
  'inside Electron on Linux sharp runs as WebAssembly, without a warning',
  () => {
    const warned = vi.spyOn(process, 'emitWarning');
    expect(loadSharp().versions).toHaveProperty('emscripten');
    expect(warned).not.toHaveBeenCalled();
  },
);

test.each(pillowImages)('and gives the very pixels of PIL: $what', async ({ base64, sha256, width, height }) => {
  const data = { kind: 'encoded', name: 'x', bytes: Buffer.from(base64, 'base64') } as const;
  const image = await decodeRgb(data);
  expect(createHash('sha256').update(image.pixels).digest('hex')).toBe(sha256);
  // ONNX Runtime takes no shared memory.
  expect(image.pixels.buffer).toBeInstanceOf(ArrayBuffer);
  expect(await thumbnail(data)).toMatchObject({ mime: 'image/png', width, height });
});
