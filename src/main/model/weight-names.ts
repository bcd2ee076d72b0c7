/** Takes off what training frameworks and wrappers put before the names of all weights, and says so. */

/** What compilers and trainers put into names, at any place. */
const inserted = /(^|\.)(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\./g;

/** What a training saves beside the model: states of its loss, of its metrics, and of the averaging of weights. */
const beside = /^(n_averaged$|(criterion|loss|loss_fn|loss_function|metrics?|(train|val|test|valid)_\w+)(\.|$))/;

export interface UnwrappedNames {
  /** The plain name of every name that has one. */
  readonly names: ReadonlyMap<string, string>;
  /** What was taken off, in a sentence; none where nothing was. */
  readonly remark: readonly string[];
}

/** What all names begin with, up to a dot; empty for nothing. */
function sharedPrefix(names: readonly string[]): string {
  const [first, ...others] = names;
  if (first === undefined) return '';
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && other[same] === first[same]) same += 1;
    length = same;
  }
  return first.slice(0, first.lastIndexOf('.', length - 1) + 1);
}

/** What stands before one of the `anchors` in the names; undefined where there is none of them. */
function prefixBefore(names: readonly string[], anchors: readonly string[]): string | undefined {
  for (const anchor of anchors) {
    if (names.includes(anchor)) return '';
    const wrapped = names.filter((name) => name.endsWith(`.${anchor}`));
    const [only, another] = wrapped;
    if (only !== undefined && another === undefined) return only.slice(0, -anchor.length);
  }
  return undefined;
}

/**
 * Names without the one prefix that stands before all of them; as they are where some lack it.
 * @param anchors names that a model of the kind has, the surest first.
 */
export function unwrappedNames(all: readonly string[], anchors: readonly string[]): UnwrappedNames {
  const plain = new Map(all.map((name) => [name, name.replaceAll(inserted, '$1').replaceAll(inserted, '$1')]));
  const names = [...plain.values()];
  const prefix = prefixBefore(names, anchors) ?? '';
  const others = names.filter((name) => !name.startsWith(prefix));
  if (prefix === '' || others.some((name) => !beside.test(name))) return { names: plain, remark: [] };
  const ignored =
    others.length === 0
      ? ''
      : ` ${others.slice(0, 3).join(', ')} beside them ${others.length === 1 ? 'is' : 'are'} not used.`;
  return {
    names: new Map([...plain].map(([name, one]) => [name, one.startsWith(prefix) ? one.slice(prefix.length) : one])),
    remark: [`The names of all weights begin with '${prefix}', which was taken off.${ignored}`],
  };
}

/** The first words that names begin with, where a file holds several models: `student.`, `teacher.`. */
function severalModels(names: readonly string[]): readonly string[] {
  const groups = Map.groupBy(names, (name) => name.slice(0, name.indexOf('.') + 1));
  const large = [...groups].filter(([, all]) => all.length >= 4 && all.length * 4 >= names.length);
  const rests = large.map(([word, all]) => [
    word,
    all
      .map((name) => name.slice(word.length))
      .sort()
      .join('\n'),
  ]);
  const [first, ...others] = rests;
  const alike = others.filter(([, rest]) => rest === first?.[1]).map(([word]) => word ?? '');
  return alike.length > 0 && first?.[0] !== undefined ? [first[0], ...alike] : [];
}

/** What weights are called instead, for the message that one is missing. */
export function namesInWords(names: readonly string[]): string {
  if (names.some((name) => /\.(?:base_layer\.|lora_[AB]\b)/.test(name))) {
    return 'It holds a LoRA adapter that was not merged into its weights (model.merge_and_unload() merges it).';
  }
  const several = severalModels(names);
  if (several.length > 1) {
    const shown = several.map((word) => `'${word}'`).join(' and ');
    return `It holds several models with the same weights, whose names begin with ${shown}: save the one that is meant alone.`;
  }
  const prefix = sharedPrefix(names);
  const shown = names.slice(0, 3).map((name) => `'${name}'`);
  const more = names.length > shown.length ? ' ...' : '';
  if (names.length > 1 && prefix !== '') return `All its weights begin with '${prefix}' (${shown.join(', ')}${more}).`;
  return `Its weights are called ${shown.join(', ')}${more}.`;
}
