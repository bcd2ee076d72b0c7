/** Phrases, such as "a folder of images", put together to sentences. */

const alternatives = new Intl.ListFormat('en-US', { type: 'disjunction' });

/** `a`, `a or b`, `a, b, or c`. */
export function anyOf(phrases: readonly string[]): string {
  return alternatives.format(phrases);
}

/** A phrase that stands alone, with a capital letter and a full stop. */
export function sentenceOf(phrase: string): string {
  return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
}
