/** The verdicts that a person may give, and what they are called. */

/** What a person decides about an image, in the order of the keys 1 to 7. */
export const verdictKinds = [
  'wrong-label',
  'right-label',
  'several-labels',
  'ambiguous',
  'none-of-the-classes',
  'bad-image',
  'unsure',
] as const;
export type VerdictKind = (typeof verdictKinds)[number];

/** Stands in the place of a verdict where people decided differently and none of them knew of the other. */
export const unsettled = 'unsettled';
export const unsettledName = 'Unsettled';
/** What may stand on an image besides nothing. */
export const verdictStates = [...verdictKinds, unsettled] as const;
export type VerdictState = (typeof verdictStates)[number];

/** The verdict's name as the screen and the report say it. */
export const verdictNames: Readonly<Record<VerdictKind, string>> = {
  'wrong-label': 'Wrong label',
  'right-label': 'Right label',
  'several-labels': 'Several labels',
  ambiguous: 'Ambiguous',
  'none-of-the-classes': 'None of the classes',
  'bad-image': 'Bad image',
  unsure: 'Unsure',
};

export const verdictStateNames: Readonly<Record<VerdictState, string>> = {
  ...verdictNames,
  unsettled: unsettledName,
};
