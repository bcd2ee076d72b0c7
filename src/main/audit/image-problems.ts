/** Many images with one trouble said as one sentence, so that a dataset that is away does not fill the screen with notices. */

import type { ErrorData } from '../../shared/errors.js';

/**
 * What to say of `problems`, one an image: those of one code as one, which names the first and how many there are; what
 * concerns no image stays as it is.
 * @param lost what became of the images, after their number: `could not be shown in the report`
 */
export function imageProblems(problems: readonly ErrorData[], lost: string): readonly ErrorData[] {
  const said = problems.filter(({ code }) => !code.startsWith('IMAGE_'));
  const kinds = Map.groupBy(
    problems.filter(({ code }) => code.startsWith('IMAGE_')),
    ({ code }) => code,
  );
  for (const [first, ...others] of kinds.values()) {
    if (first === undefined) continue;
    const count = (others.length + 1).toLocaleString('en');
    said.push(others.length === 0 ? first : { ...first, message: `${count} images ${lost}. ${first.message}` });
  }
  return said;
}
