import { expect, it } from 'vitest';

import { imageProblems } from '../../../src/main/audit/image-problems.js';
import type { ErrorData } from '../../../src/shared/errors.js';

const gone = (name: string): ErrorData => ({
  code: 'IMAGE_NOT_FOUND',
  message: `"${name}" is not there any more.`,
  hint: 'Put the file back, or scan the dataset again.',
});
const noPdf: ErrorData = { code: 'PDF_UNAVAILABLE', message: 'No PDF was made.', hint: 'Open the HTML report.' };
const lost = 'could not be shown in the report';

it('says one trouble of many images once, with their number and an example', () => {
  const all = Array.from({ length: 1200 }, (_, index) => gone(`${String(index)}.png`));
  expect(imageProblems([...all, noPdf], lost)).toEqual([
    noPdf,
    { ...gone('0.png'), message: '1,200 images could not be shown in the report. "0.png" is not there any more.' },
  ]);
});

it('leaves a single image, and different troubles, in their own words', () => {
  const torn: ErrorData = { code: 'IMAGE_UNREADABLE', message: '"b.png" is cut off.', hint: '' };
  expect(imageProblems([gone('a.png'), torn], lost)).toEqual([gone('a.png'), torn]);
  expect(imageProblems([], lost)).toEqual([]);
});
