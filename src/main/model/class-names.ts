/** Resolves what a model's classes are called: what a person chose goes before the files, those before numbers. */

import { basename } from 'node:path';
import type { ClassNamesChoice } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { imagenetSynsets } from '../../shared/imagenet-synsets.js';
import { type ClassList, classListIn, classListOf, isCounted, isPlaceholders } from './class-name-lists.js';
import { imagenetNames } from './imagenet-names.js';
import { isObject, metadataEntry, type ModelPlace, readSideJson, readSideText } from './side-files.js';
import { readSmallText } from './small-text.js';

export interface ResolvedClasses extends ClassList {
  readonly assumptions: readonly string[];
}

/** Lists that people keep beside a model. */
const besideNames = ['classes', 'class_names', 'labels', 'id2label'].flatMap((name) => [`${name}.json`, `${name}.txt`]);

const imagenet: ClassList = { classes: imagenetNames, synsets: imagenetSynsets };

const counted = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'class' : 'classes'}`;

function wrongCount(what: string, found: number, wanted: number): AppError {
  return new AppError(
    'LABELS_INVALID',
    `${what} names ${counted(found)}, but the model has ${wanted.toLocaleString('en')}.`,
    'Choose a list with one name for each output of the model, in their order.',
  );
}

/** ImageNet's list; TensorFlow's models have 'background' before it. @throws AppError `LABELS_INVALID` for another number of classes. */
function imagenetList(count: number): ClassList {
  if (count === imagenetNames.length) return imagenet;
  if (count === imagenetNames.length + 1) return { classes: ['background', ...imagenetNames], synsets: [] };
  throw wrongCount('The ImageNet list', imagenetNames.length, count);
}

/** A chosen text or JSON file. @throws AppError `LABELS_INVALID` naming the file and what is wrong. */
async function listFile(path: string, count: number): Promise<ClassList> {
  const name = `"${basename(path)}"`;
  let text: string;
  try {
    text = await readSmallText(path);
  } catch (error) {
    throw new AppError(
      'LABELS_INVALID',
      `The class names in ${name} cannot be read.`,
      'Choose a text or JSON file of at most 16 MB.',
      { cause: error },
    );
  }
  const list = classListIn(text);
  if (list === null) {
    throw new AppError(
      'LABELS_INVALID',
      `${name} holds no class names, or leaves indices out.`,
      'Write one name a line, or JSON: a list, {"0": "cat"}, {"cat": 0}, or a config.json with id2label.',
    );
  }
  if (list.classes.length !== count) throw wrongCount(name, list.classes.length, count);
  return list;
}

/** A list in the model's own files and where it was found. */
interface Found {
  readonly source: string;
  readonly list: ClassList;
}

async function listsInFiles(place: ModelPlace): Promise<readonly Found[]> {
  const found: Found[] = [];
  const add = (source: string, list: ClassList | null): void => {
    if (list !== null) found.push({ source, list });
  };
  const inside = metadataEntry(place, 'id2label', 'class_names', 'classes', 'names', 'labels', 'label_names');
  if (inside !== undefined) {
    const { content } = inside;
    add(inside.source, typeof content === 'string' ? classListIn(content.replaceAll(',', '\n')) : classListOf(content));
  }
  const config = await readSideJson(place, 'config.json');
  // Of a config only its own fields count: any other object in it means something else.
  if (config !== undefined && isObject(config.content)) {
    const { id2label, label2id, label_names, label_descriptions, pretrained_cfg: inner } = config.content;
    const lists = [{ id2label }, { label_names, label_descriptions }, { label2id }].map(classListOf);
    // A training that names its classes in one field leaves LABEL_0, LABEL_1 ... or numbers in the other.
    const worth = (list: ClassList | null): number =>
      list === null || isPlaceholders(list) ? 2 : isCounted(list) ? 1 : 0;
    for (const list of lists.toSorted((a, b) => worth(a) - worth(b))) add(config.source, list);
    if (isObject(inner)) {
      const { label_names: names, label_descriptions: descriptions } = inner;
      add(config.source, classListOf({ label_names: names, label_descriptions: descriptions }));
    }
  }
  const beside = await readSideText(place, besideNames);
  if (beside !== undefined) add(beside.source, classListIn(beside.text));
  return found;
}

/** timm's own rule: a model of its hub with so many classes and no list of them is one of ImageNet. */
async function isTimmImagenet(place: ModelPlace, count: number): Promise<boolean> {
  if (count !== imagenetNames.length) return false;
  const config = await readSideJson(place, 'config.json');
  return isObject(config?.content) && isObject(config.content.pretrained_cfg);
}

/** What is to be said of a list that was chosen among those that fit. */
function remarksOn({ source, list }: Found, fits: readonly Found[]): readonly string[] {
  if (isPlaceholders(list)) return [`${source} names no classes, only numbers (${list.classes[0] ?? ''} ...).`];
  const other = fits.find(
    (one) =>
      one.source === source && !isCounted(one.list) && one.list.classes.some((name, at) => name !== list.classes[at]),
  );
  if (other === undefined) return [];
  const at = other.list.classes.findIndex((name, index) => name !== list.classes[index]);
  const [used, unused] = [list.classes[at] ?? '', other.list.classes[at] ?? ''];
  return [`${source} names class ${String(at)} '${used}' in one place and '${unused}' in another: the first is used.`];
}

async function ofFiles(place: ModelPlace, count: number): Promise<ResolvedClasses> {
  const found = await listsInFiles(place);
  const fits = found.filter(({ list }) => list.classes.length === count);
  const fitting = fits.find(({ list }) => !isPlaceholders(list)) ?? fits[0];
  if (fitting !== undefined) return { ...fitting.list, assumptions: remarksOn(fitting, fits) };
  if (await isTimmImagenet(place, count)) {
    return { ...imagenet, assumptions: ['The files name no classes: the 1,000 of ImageNet are assumed.'] };
  }
  const [other] = found;
  const why =
    other === undefined
      ? 'The files name no classes'
      : `${other.source} names ${counted(other.list.classes.length)}, but the model has ${count.toLocaleString('en')}`;
  const imagenetHint = count === imagenetNames.length ? ' If they are those of ImageNet, choose its list.' : '';
  return {
    classes: Array.from({ length: count }, (_, index) => `class ${String(index)}`),
    synsets: [],
    assumptions: [`${why}: they are numbered from 0 to ${String(count - 1)}.${imagenetHint}`],
  };
}

/**
 * Names for a model's outputs.
 * @throws AppError `LABELS_INVALID` when a chosen list does not fit; `MODEL_UNREADABLE` for broken files.
 */
export async function resolveClassNames(
  place: ModelPlace,
  count: number,
  choice: ClassNamesChoice | null,
): Promise<ResolvedClasses> {
  if (choice === null) return ofFiles(place, count);
  const list = choice.kind === 'imagenet' ? imagenetList(count) : await listFile(choice.path, count);
  return { ...list, assumptions: [] };
}
