/** A class that no label stands for yet, written as the dataset writes its labels: what a correction puts into the data. */

const bareId = /^n\d{8}$/;
const idAndWords = /^n\d{8}([\s_-])\S/;

/** What is known of a class besides its index. */
export interface UnlabelledClass {
  /** As people read it. */
  readonly name: string;
  /** Its WordNet id, where the model knows it. */
  readonly synset: string | undefined;
}

/** `n01443537` among labels that are bare ids, `n01443537_goldfish` among such, and the name itself among names or without an id. */
export function labelLike(labels: readonly string[], { name, synset }: UnlabelledClass): string {
  if (synset === undefined || !bareId.test(synset) || labels.length === 0) return name;
  if (labels.every((label) => bareId.test(label))) return synset;
  const separators = new Set(labels.map((label) => idAndWords.exec(label)?.[1]));
  const [separator] = separators;
  if (separators.size !== 1 || separator === undefined) return name;
  const [first = name] = name.split(',');
  return `${synset}${separator}${separator === ' ' ? first : first.replaceAll(' ', separator)}`;
}
