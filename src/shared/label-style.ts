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

/** How a class is written in the style of a dataset's labels. */
export type LabelStyle = (unlabelled: UnlabelledClass) => string;

/** The style of these labels: `n01443537` among bare ids, `n01443537_goldfish` among such, and the name itself among names or without an id. */
export function labelStyle(labels: readonly string[]): LabelStyle {
  const written = withIds(labels);
  return ({ name, synset }) => (synset === undefined || !bareId.test(synset) ? name : written(name, synset));
}

/** How classes with a WordNet id are written among these labels. */
function withIds(labels: readonly string[]): (name: string, synset: string) => string {
  if (labels.length === 0) return (name) => name;
  if (labels.every((label) => bareId.test(label))) return (_, synset) => synset;
  const separators = new Set(labels.map((label) => idAndWords.exec(label)?.[1]));
  const [separator] = separators;
  if (separators.size !== 1 || separator === undefined) return (name) => name;
  return (name, synset) => {
    const [first = name] = name.split(',');
    return `${synset}${separator}${separator === ' ' ? first : first.replaceAll(' ', separator)}`;
  };
}
