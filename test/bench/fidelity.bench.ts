/** What scoring with 8-bit products gains on this processor, and how near its maps are to those of float32, on ViT-Tiny. */

import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readSource } from '../../src/main/dataset/source.js';
import { decodeRgb } from '../../src/main/engine/decode.js';
import { ModelRuntime } from '../../src/main/engine/runtime.js';
import { measureFidelity, measureSpeed } from '../../src/main/engine/speed.js';
import { fidelityImages } from '../../src/shared/speed.js';
import { shared, sharedIsPresent } from '../support/shared.js';

const goOn = (): Promise<void> => Promise.resolve();

async function* pictures(runtime: ModelRuntime): AsyncGenerator<Float32Array> {
  const names = readdirSync(shared('images'))
    .filter((name) => name.endsWith('.JPEG'))
    .sort();
  for (let at = 0; at < fidelityImages; at += 1) {
    const path = shared('images', names[Math.floor((at * names.length) / fidelityImages)] ?? '');
    yield runtime.preprocess(await decodeRgb(await readSource({ path })));
  }
}

it.skipIf(!sharedIsPresent)('int8 on ViT-Tiny', { timeout: 0 }, async () => {
  const runtime = await ModelRuntime.open({ path: shared('models/vit-tiny-hf') }, { threads: 0 });
  const first = await pictures(runtime).next();
  if (first.done === true) throw new Error('There are no images.');
  const speed = await measureSpeed(runtime, first.value, { masks: 1024, ratio: 0.5 }, goOn);
  const fidelity = await measureFidelity(runtime, pictures(runtime), { precision: 'int8', ratio: 0.5 }, goOn);
  await runtime.close();
  process.stdout.write(`${JSON.stringify({ speed, fidelity })}\n`);
  expect(fidelity.images).toBe(fidelityImages);
});
