/** The words by which people name the parts of a dataset. */

const splitNames: ReadonlySet<string> = new Set([
  'train',
  'training',
  'val',
  'valid',
  'validation',
  'dev',
  'test',
  'testing',
  'eval',
]);

/** Whether a folder of this name holds a split rather than a class, judged by the name alone. */
export function isSplitName(name: string): boolean {
  return splitNames.has(name.toLowerCase());
}
