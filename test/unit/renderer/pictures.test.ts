import { describe, expect, it } from 'vitest';

import { imageId } from '../../../src/shared/audit.js';
import { AppPictures } from '../../../src/renderer/state/pictures.svelte.js';
import { AppState } from '../../../src/renderer/state/app-state.svelte.js';
import { startBackend } from '../../support/window.js';

const [first, second] = [imageId(1), imageId(2)];

describe('pictures that could not be shown', () => {
  it('get another address once something changed about their image, and only then', () => {
    const pictures = new AppPictures();
    const before = pictures.image(first, 'large');
    pictures.retry([first]);
    expect(pictures.image(first, 'large')).toBe(before);
    pictures.lost(first);
    pictures.retry([second]);
    expect(pictures.image(first, 'large')).toBe(before);
    pictures.retry([first]);
    const after = pictures.image(first, 'large');
    expect(after).not.toBe(before);
    // It came: nothing is asked for twice.
    pictures.retry('all');
    expect(pictures.image(first, 'large')).toBe(after);
  });

  it('are asked for again by the window when their images are read anew, the others are not', async () => {
    const { backend, bridge } = await startBackend({ labels: [0, 1], names: ['Boot', 'Coat'] });
    const pictures = new AppPictures();
    const stop = new AppState(bridge, pictures).start();
    const [broken, sound] = [pictures.image(first, 'thumb'), pictures.image(second, 'thumb')];
    pictures.lost(first);
    backend.workspace.tell('change', { images: 'all' });
    expect(pictures.image(first, 'thumb')).not.toBe(broken);
    expect(pictures.image(second, 'thumb')).toBe(sound);
    stop();
  });
});
