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

/** What stands around such a word: `train_set`, `trainset`, `train-jpg`, `images_train`, `val2017`, `training_images`. */
const around = /[_\-. ]|sets?\b|\d+|images?|imgs?|photos?|data|jpe?gs?|pngs?|split/g;
/** Words for a split that are no less the name of something else. */
const otherSplits = /^(?:hold[_\- ]?out|unseen|trainval|query|gallery)$/;
const numbered = /^(?:k?fold|split|cv|part|subset)[_\-. ]?\d+$/;

/** Whether a folder of this name holds a split rather than a class, judged by the name alone. */
export function isSplitName(name: string): boolean {
  return splitNames.has(name.toLowerCase());
}

/** Whether a folder of this name may hold a split: `train_set`, `seg_train`, `fold_0`; what it holds must bear that out. */
export function mayBeSplitName(name: string): boolean {
  const plain = name.toLowerCase();
  if (isSplitName(plain) || numbered.test(plain) || splitNames.has(plain.replaceAll(around, ''))) return true;
  return splitInName(name) !== null || otherSplits.test(plain) || /^(?:train|val|test)[A-Z]$/.test(name);
}

/** Whether a cell of a table says which split its row belongs to: `TRAIN`, `validation`, `UNASSIGNED`. */
export function isSplitCell(cell: string): boolean {
  return isSplitName(cell) || /^(?:unassigned|trainval|holdout)$/i.test(cell);
}

/** The split that the name of a table or folder speaks of, in lower case: `train_labels` gives `train`; null when none. */
export function splitInName(name: string): string | null {
  const words = name.toLowerCase().split(/[^a-z]+/);
  return words.find(isSplitName) ?? null;
}
