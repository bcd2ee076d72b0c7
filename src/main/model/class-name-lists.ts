/** Understands lists of class names as people and tools write them: lines, JSON lists, and objects either way round. */

import { imagenetName } from './imagenet-names.js';
import { parseLoosely } from './loose-json.js';
import { isObject, type JsonObject } from './side-files.js';

/** Class names in the order of the model's outputs. */
export interface ClassList {
  readonly classes: readonly string[];
  /** Synset ids by class; empty when the list has none. */
  readonly synsets: readonly string[];
}

/** Objects that hold the list in a field of theirs, as Hugging Face, timm, Ultralytics and others write them. */
const fields = ['id2label', 'label_names', 'class_names', 'classes', 'names', 'labels', 'class_to_idx', 'label2id'];
/** An id alone, or before the name: `n01440764`, `n01440764 tench, Tinca tinca`. */
const synsetName = /^(n\d{8})(?:[\s_:,-]+(.+))?$/;

/** Names that are synset ids, or begin with one, are taken apart. */
function withSynsets(names: readonly string[]): ClassList {
  const parts = names.map((name) => synsetName.exec(name));
  if (names.length === 0 || parts.includes(null)) return { classes: names, synsets: [] };
  const synsets = parts.map((part) => part?.[1] ?? '');
  return { synsets, classes: parts.map((part, at) => part?.[2] ?? imagenetName(synsets[at] ?? '') ?? names[at] ?? '') };
}

const strings = (values: readonly unknown[]): values is readonly string[] =>
  values.every((value) => typeof value === 'string');

/** Names and synsets of pairs, as in Keras' imagenet_class_index.json. */
function ofPairs(values: readonly unknown[]): ClassList | null {
  const pairs = values.flatMap((value) => {
    const [synset, name] = (Array.isArray(value) ? value : []) as readonly unknown[];
    return typeof synset === 'string' && typeof name === 'string' ? [{ synset, name }] : [];
  });
  if (pairs.length !== values.length) return null;
  const synsets = pairs.map(({ synset }) => synset);
  return { classes: pairs.map(({ name }) => name), synsets: synsets.every((id) => synsetName.test(id)) ? synsets : [] };
}

function ofList(values: readonly unknown[]): ClassList | null {
  if (values.length === 0) return null;
  return strings(values) ? withSynsets(values) : ofPairs(values);
}

/** The values by the numbers 0 to n - 1; null when the numbers have gaps. */
function inOrder(entries: readonly (readonly [index: string, value: unknown])[]): readonly unknown[] | null {
  const values = new Map(entries.map(([index, value]) => [Number(index), value]));
  const all = Array.from({ length: entries.length }, (_, index) => values.get(index));
  return values.size === entries.length && !all.includes(undefined) ? all : null;
}

const isIndex = (text: string): boolean => /^\d{1,6}$/.test(text);

function ofObject(object: JsonObject): ClassList | null {
  const entries = Object.entries(object);
  if (entries.length === 0) return null;
  if (entries.every(([key]) => isIndex(key))) return ofList(inOrder(entries) ?? []);
  const turned = entries.map(([key, value]) => [String(value), key] as const);
  if (turned.every(([index]) => isIndex(index))) return ofList(inOrder(turned) ?? []);
  return ofField(object);
}

/** Whether names say nothing: LABEL_0, LABEL_1 ..., as Transformers numbers classes that have no names. */
export function isPlaceholders({ classes }: ClassList): boolean {
  return classes.every((name) => /^LABEL_\d+$/i.test(name));
}

/** Whether names are only their own numbers: `0`, `class_1`, `LABEL_2`. They may be names all the same: of digits. */
export function isCounted({ classes }: ClassList): boolean {
  return classes.every((name, at) => Number(/^(?:label|class)?[ _-]?(\d+)$/i.exec(name)?.[1] ?? '-1') === at);
}

/** The list of the first field that names classes. */
function ofField(object: JsonObject): ClassList | null {
  const lists = fields.flatMap((field) => {
    const value = object[field];
    const list = isObject(value) || Array.isArray(value) ? classListOf(value) : null;
    if (list === null) return [];
    return [field === 'label_names' ? described(list, object.label_descriptions) : list];
  });
  // A training that names its classes in one field may leave placeholders in another.
  return lists.find((list) => !isPlaceholders(list)) ?? lists[0] ?? null;
}

/** timm names classes by ids and says apart what they are called. */
function described({ classes, synsets }: ClassList, descriptions: unknown): ClassList {
  if (!isObject(descriptions)) return { classes, synsets };
  const ids = synsets.length > 0 ? synsets : classes;
  const names = ids.map((id, at) => {
    const name = descriptions[id];
    return typeof name === 'string' && name !== '' ? name : (classes[at] ?? id);
  });
  return { classes: names, synsets };
}

/**
 * The class names in a parsed file: a list, `{index: name}`, `{name: index}`, `{index: [synset, name]}`, or any of these in
 * a field such as `id2label` or `label_names`. Null when there are none, or when indices are missing.
 */
export function classListOf(content: unknown): ClassList | null {
  if (Array.isArray(content)) return ofList(content);
  return isObject(content) ? ofObject(content) : null;
}

/** Lines that each begin with their own number lose it: `0: tench`, `0,tench`. */
function withoutNumbers(lines: readonly string[]): readonly string[] {
  const named = lines.map((line, at) => {
    const match = /^"?(\d{1,6})"?\s*[:,;\t ]\s*"?(.+?)"?$/.exec(line);
    return Number(match?.[1]) === at ? match?.[2] : undefined;
  });
  return strings(named) ? named : lines;
}

/** The class names in a text file: JSON, a Python literal, or one name a line. */
export function classListIn(text: string): ClassList | null {
  const content = text.replace(/^\uFEFF/, '').trim();
  const parsed = /^[[{(]/.test(content) ? parseLoosely(content) : undefined;
  if (parsed !== undefined) return classListOf(parsed);
  return content === '' ? null : withSynsets(withoutNumbers(content.split(/\r?\n/).map((line) => line.trim())));
}
