/** Renders `resources/icons/icon.svg` to the PNG sizes that installers and desktops ask for. */

import { join } from 'node:path';

import sharp from 'sharp';

import { projectRoot, runScript } from './lib/command.ts';

const folder = join(projectRoot, 'resources/icons');

await runScript(async () => {
  for (const size of [16, 32, 48, 64, 128, 256, 512, 1024]) {
    const density = (72 * size) / 512;
    const image = sharp(join(folder, 'icon.svg'), { density: Math.max(density, 1) }).resize(size, size);
    await image.png({ compressionLevel: 9 }).toFile(join(folder, `${size}x${size}.png`));
  }
  await sharp(join(folder, '1024x1024.png')).toFile(join(folder, 'icon.png'));
  return 0;
});
