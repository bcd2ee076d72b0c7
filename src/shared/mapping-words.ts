/** What has to be said about a mapping wherever figures rest on it: labels without a class, and matches that are a guess. */

import type { MappingRow, ProjectCounts, ProjectSummary } from './audit.js';
import { classOrderNames, type NamedOutputs, orderFollowed, orderQuestion, type OrderQuestion } from './class-order.js';
import { count, counted } from './figures.js';
import { withoutIds } from './readable-names.js';

/** What is said, and the way out. */
export interface MappingNotice {
  readonly kind: 'no-class' | 'unsure-order' | 'no-label' | 'by-position';
  readonly message: string;
  readonly hint: string;
}

/** Where the sentences stand: the way out differs. */
export type Where = 'command-line' | 'window' | 'report';

/** The mapping of a dataset's labels, and the images that it leaves out. */
export interface MappedLabels {
  readonly mapping: readonly MappingRow[];
  readonly model: NamedOutputs;
  readonly counts: Pick<ProjectCounts, 'images' | 'labelled' | 'withoutClass'>;
}

/** Names given as examples. */
const mostExamples = 5;

const propose = '`hognose mapping propose DATASET --model MODEL --out mapping.csv`';

const waysOut: Readonly<Record<MappingNotice['kind'], Readonly<Record<Where, string>>>> = {
  'no-class': {
    'command-line': `Write their classes into a mapping file, which ${propose} begins, and give it with --mapping mapping.csv.`,
    window: 'Choose their classes in the table of labels and classes.',
    report: `Choose their classes on the model page, or in a mapping file given with --mapping (${propose} begins one).`,
  },
  'unsure-order': {
    'command-line': `Say the order with --class-order, or write the classes into a mapping file, which ${propose} begins, and give it with --mapping mapping.csv.`,
    window: 'Choose the order at the labels and classes, or choose the classes one by one.',
    report: 'Choose the order on the model page, or say it with --class-order or --mapping.',
  },
  'no-label': {
    'command-line': 'Give a table of labels with --labels, or keep the images in a folder per class.',
    window: 'Start a new audit with a table of labels, or with a folder per class.',
    report: 'Audit them with a table of labels, or with a folder per class.',
  },
  'by-position': {
    'command-line': `Check them with ${propose}, and correct them with --class-order or --mapping.`,
    window: 'Confirm the order, or choose another, at the labels and classes.',
    report: 'Confirm or correct them on the model page, or with --class-order or --mapping.',
  },
};

/** `cat, dog, owl ...`: what stands for a long list. */
export function exampleNames(names: readonly string[]): string {
  return `${names.slice(0, mostExamples).join(', ')}${names.length > mostExamples ? ' ...' : ''}`;
}

function imagesLeftOut(labels: number, images: number): string {
  const whose = labels === 1 ? 'its' : 'their';
  return `${whose} ${images === 1 ? '1 image is' : `${count(images)} images are`} not compared with what the model predicts`;
}

function withoutClass(open: readonly MappingRow[], all: number, images: number): string {
  const names = exampleNames(open.map((row) => row.labelName));
  const left = imagesLeftOut(open.length, images);
  if (open.length < all) {
    return `${count(open.length)} of ${counted(all, 'label')} ${open.length === 1 ? 'has' : 'have'} no class of the model (${names}): ${left}.`;
  }
  return `${all === 1 ? 'The label has' : `None of the ${count(all)} labels has`} ${all === 1 ? 'no' : 'a'} class of the model (${names}): ${left}.`;
}

function withoutLabel({ images, labelled }: MappedLabels['counts']): string {
  if (labelled === 0) return 'No image has a label, so nothing is compared with what the model predicts.';
  const bare = images - labelled;
  return `${count(bare)} of ${counted(images, 'image')} ${bare === 1 ? 'has no label and is' : 'have no label and are'} not compared with what the model predicts.`;
}

/** The label whose output differs first between two orders, with both outputs. */
function difference(mapping: readonly MappingRow[], { orders }: OrderQuestion): string {
  const [one, other] = orders;
  if (one === undefined || other === undefined) return '';
  const at = one.positions.findIndex((place, label) => place !== other.positions[label]);
  const name = mapping[at]?.labelName ?? '';
  return ` (${name} is output ${String(one.positions[at])} ${classOrderNames[one.order]}, ${String(other.positions[at])} ${classOrderNames[other.order]})`;
}

/** `type 1 is class 0, type 10 is class 1`. */
function pairs(rows: readonly MappingRow[], { classes }: NamedOutputs): string {
  const said = rows.slice(0, 3).map(({ labelName, classIndex }) => {
    const name = classIndex === null ? '' : (classes[classIndex] ?? '');
    return `${labelName} is ${/\d/.test(name) || name === '' ? `output ${String(classIndex)}` : name}`;
  });
  return `${said.join(', ')}${rows.length > said.length ? ' ...' : ''}`;
}

/** The sentences about a mapping, the gravest first; none where every image has a label whose class its name or a person gave. */
export function mappingNotices({ mapping, model, counts }: MappedLabels, where: Where): MappingNotice[] {
  const notices: MappingNotice[] = [];
  const say = (kind: MappingNotice['kind'], message: string): void => {
    notices.push({ kind, message, hint: waysOut[kind][where] });
  };
  const question = orderQuestion(
    mapping.map((row) => row.labelName),
    model,
  );
  const read = withoutIds(mapping.map((row) => row.labelName));
  const rows = mapping.map((row, at) => ({ ...row, labelName: read[at] ?? row.labelName }));
  const open = rows.filter((row) => row.classIndex === null);
  const unsure = question?.likely === null && open.every((row) => row.by === 'none') ? question : null;
  if (open.length > 0 && unsure !== null) {
    say(
      'unsure-order',
      `The model does not name its classes, and which class ${open.length === 1 ? 'the label' : `each of the ${count(open.length)} labels`} means depends on the order it was trained in${difference(rows, unsure)}: ${imagesLeftOut(open.length, counts.withoutClass)}.`,
    );
  } else if (open.length > 0) say('no-class', withoutClass(open, mapping.length, counts.withoutClass));
  if (counts.labelled < counts.images) say('no-label', withoutLabel(counts));
  const guessed = rows.filter((row) => row.by === 'position');
  if (guessed.length > 0) {
    const order = question === null ? undefined : orderFollowed(mapping, question);
    const how = order === undefined ? '' : `, ${classOrderNames[order]}`;
    const were = guessed.length === 1 ? 'label was' : 'labels were';
    say(
      'by-position',
      `${count(guessed.length)} ${were} matched to classes by position${how} (${pairs(guessed, model)}), which is a guess.`,
    );
  }
  return notices;
}

/** {@link mappingNotices} of a project. */
export function projectMappingNotices(summary: ProjectSummary, where: Where): MappingNotice[] {
  const { mapping, model, counts } = summary;
  return mappingNotices({ mapping, model, counts }, where);
}
