import { expect, it } from 'vitest';

import { AppError } from '../../../src/shared/errors.js';
import { Notices } from '../../../src/renderer/state/notices.svelte.js';

it('keeps of what is wrong with the whole dataset only what was said last, and of images each', () => {
  const notices = new Notices();
  notices.fail(new AppError('DATASET_NOT_FOUND', 'The dataset /data is not there.', ''));
  notices.fail(new AppError('IMAGE_NOT_FOUND', '"a.png" is not there any more.', ''));
  notices.fail(new AppError('IMAGE_NOT_FOUND', '"b.png" is not there any more.', ''));
  notices.fail(new AppError('DATASET_NOT_FOUND', 'There is no dataset at "/data".', ''));
  expect(notices.items.map(({ message }) => message)).toEqual([
    '"a.png" is not there any more.',
    '"b.png" is not there any more.',
    'There is no dataset at "/data".',
  ]);
});
