/** The facts of a model that the window, `hognose model inspect` and the comparison of two models all show. */

import type {
  CutProof,
  GraphAnatomy,
  ModelAnatomy,
  ModelCosts,
  ModelInspection,
  ModelSummary,
  PixelRange,
} from './model.js';
import {
  activationNames,
  byteText,
  channelText,
  cropText,
  differenceText,
  flopText,
  normNames,
  poolingNames,
  prefixText,
  proofText,
  resizeText,
} from './model-words.js';

/** A fact: one line, or a line each of several. */
export interface Fact {
  readonly name: string;
  readonly lines: readonly string[];
  /** The lines are names of values or hashes, to be copied as they are. */
  readonly verbatim?: true | undefined;
}

export interface FactGroup {
  readonly title: string;
  readonly facts: readonly Fact[];
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

function fact(name: string, ...lines: readonly string[]): Fact {
  return { name, lines };
}

function verbatim(name: string, ...lines: readonly string[]): Fact {
  return { name, lines, verbatim: true };
}

const sources: Readonly<Record<ModelSummary['source'], string>> = {
  onnx: 'ONNX file',
  huggingface: 'Hugging Face folder',
  timm: 'timm folder',
};

const normPlaces: Readonly<Record<ModelAnatomy['blockNorm'], string>> = {
  pre: 'before each branch (pre-norm)',
  post: 'after each sum (post-norm)',
  'res-post': 'inside each branch, after its layer (res-post-norm)',
  none: 'none',
};

const outputNames: Readonly<Record<GraphAnatomy['output'], string>> = {
  logits: 'logits',
  probabilities: 'probabilities',
  'log-probabilities': 'logarithms of probabilities',
};

function modelGroup({ name, source, parameters, hash, anatomy }: ModelSummary): FactGroup {
  return {
    title: 'Model',
    facts: [
      fact('Name', name),
      fact('Source', sources[source]),
      fact('Parameters', whole.format(parameters)),
      fact('Weights stored as', anatomy.weightTypes.length === 0 ? 'unknown' : anatomy.weightTypes.join(', ')),
      verbatim('SHA-256', hash),
    ],
  };
}

function inputGroup({
  inputWidth,
  inputHeight,
  patchWidth,
  patchHeight,
  gridWidth,
  gridHeight,
  anatomy,
}: ModelSummary): FactGroup {
  return {
    title: 'Input',
    facts: [
      fact('Picture', `${whole.format(inputWidth)} × ${whole.format(inputHeight)} pixels`),
      fact('Channels', anatomy.channels === 1 ? '1 (grey)' : `${String(anatomy.channels)} (RGB)`),
      fact('Patches', `${String(patchWidth)} × ${String(patchHeight)} pixels`),
      fact('Grid', `${String(gridWidth)} × ${String(gridHeight)} patches`),
    ],
  };
}

function tokensGroup({ gridWidth, gridHeight, prefixTokens, width, anatomy }: ModelSummary): FactGroup {
  const patches = gridWidth * gridHeight;
  return {
    title: 'Tokens',
    facts: [
      fact('Prefix', prefixText(anatomy.prefix)),
      fact(
        'Number',
        `${whole.format(patches + prefixTokens)} (${whole.format(patches)} patches + ${String(prefixTokens)})`,
      ),
      fact('Width', whole.format(width)),
      fact('Norm before blocks', anatomy.stemNorm ? normNames[anatomy.normKind] : 'none'),
    ],
  };
}

function blocksGroup({ blocks, width, heads, anatomy }: ModelSummary): FactGroup {
  const activation = activationNames[anatomy.activation];
  return {
    title: 'Blocks',
    facts: [
      fact('Number', String(blocks)),
      fact(
        'Norms',
        anatomy.blockNorm === 'none' ? 'none' : `${normNames[anatomy.normKind]}, ${normPlaces[anatomy.blockNorm]}`,
      ),
      fact('Attention', `${String(heads)} heads of width ${String(anatomy.headWidth)}`),
      fact('Query, key, value', anatomy.qkvBias ? 'with bias' : 'without bias'),
      fact('QK-norm', anatomy.qkNorm ? 'yes' : 'no'),
      fact('Feed-forward', `${whole.format(anatomy.innerWidth)} wide, ${activation}${anatomy.gated ? ', gated' : ''}`),
      fact('LayerScale', anatomy.layerScale ? 'yes' : 'no'),
      fact('Hidden columns', whole.format(blocks * width)),
    ],
  };
}

function classesGroups({ classes, synsets, anatomy }: ModelSummary): FactGroup[] {
  const shown = classes.slice(0, 3).join(' | ');
  return [
    {
      title: 'Head',
      facts: [fact('Reads', poolingNames[anatomy.pooling]), fact('Outputs', whole.format(classes.length))],
    },
    {
      title: 'Classes',
      facts: [
        fact('Names', classes.length > 3 ? `${shown} | ...` : shown),
        fact('Synsets', synsets.length === 0 ? 'not in the files' : `${synsets[0] ?? ''} ...`),
      ],
    },
  ];
}

/** `a, b ... z` for many names. */
function someNames(names: readonly (string | null)[]): string[] {
  const found = names.filter((name) => name !== null);
  return found.length <= 3 ? found : [...found.slice(0, 1), '...', ...found.slice(-1)];
}

function foundText(names: readonly (string | null)[]): string {
  const found = names.filter((name) => name !== null).length;
  return found === names.length ? '' : `found in ${String(found)} of ${String(names.length)} blocks`;
}

function valueFact(name: string, names: readonly (string | null)[]): Fact {
  const shown = someNames(names);
  const note = foundText(names);
  if (shown.length === 0) return fact(name, 'not a value of the file');
  return verbatim(name, ...shown, ...(note === '' ? [] : [note]));
}

const pixelRangeWords = {
  normalised: 'normalised before',
  unit: '0 to 1, normalised in the graph',
  bytes: '0 to 255, normalised in the graph',
} as const satisfies Record<PixelRange, string>;

function graphGroup(graph: GraphAnatomy): FactGroup {
  const { pixels } = graph;
  const batch = pixels.batch === null ? 'any batch' : `batch ${String(pixels.batch)}`;
  const size = pixels.dynamicSize ? 'any size' : 'one size';
  return {
    title: 'Graph',
    facts: [
      fact('Operator set', String(graph.opset)),
      fact('Producer', graph.producer === '' ? 'not named' : graph.producer),
      verbatim('Picture input', pixels.name),
      fact('Takes', `${pixels.layout}, ${pixels.type}, ${batch}, ${size}`),
      fact('Pixels', pixelRangeWords[pixels.range]),
      valueFact('Tokens', [graph.tokens]),
      valueFact(
        'Block outputs',
        graph.blocks.map((block) => block.output),
      ),
      valueFact(
        'Attention',
        graph.blocks.map((block) => block.attention),
      ),
      verbatim('Answer', graph.logits),
      fact('Answer holds', outputNames[graph.output]),
      fact('Read after', ...(graph.passes.length === 0 ? ['no change'] : graph.passes)),
      fact('Rebuilt model', `agrees within ${differenceText(graph.difference)} part by part`),
    ],
  };
}

function scaleText(scale: number): string {
  return Math.abs(scale * 255 - 1) < 1e-6 ? '1/255' : String(Number(scale.toPrecision(6)));
}

function preprocessingGroup({ preprocessing }: ModelSummary): FactGroup {
  return {
    title: 'Preprocessing',
    facts: [
      fact('Resize', `${resizeText(preprocessing)}, ${preprocessing.interpolation}`),
      fact('Crop', cropText(preprocessing)),
      fact('Scale', scaleText(preprocessing.scale)),
      fact('Mean', channelText(preprocessing.mean)),
      fact('Standard deviation', channelText(preprocessing.std)),
    ],
  };
}

function costGroup(costs: ModelCosts): FactGroup {
  return {
    title: 'Cost',
    facts: [
      fact('One image', flopText(costs.flops)),
      fact('One TIS mask', `${flopText(costs.flopsMask)}, keeping half of the patches`),
      fact('Weights in memory', byteText(costs.weightBytes)),
      fact('Weights in the files', byteText(costs.storedBytes)),
      fact('Activations', `about ${byteText(costs.activationBytes)} an image`),
      fact('Runs on', costs.provider.name, ...(costs.provider.note === '' ? [] : [costs.provider.note])),
    ],
  };
}

function proofGroup(proof: CutProof, { gridWidth, gridHeight }: ModelSummary): FactGroup {
  const [all, subset] = proofText(proof, gridWidth * gridHeight);
  return { title: 'Proof', facts: [fact('All tokens', all), fact('Random half', subset)] };
}

function assumedGroup({ assumptions }: ModelSummary): FactGroup[] {
  return assumptions.length === 0 ? [] : [{ title: 'Assumed', facts: [fact('The files do not say', ...assumptions)] }];
}

/** What the files say, in groups: all that is known before anything was run. */
export function summaryFacts(summary: ModelSummary): readonly FactGroup[] {
  const { graph } = summary.anatomy;
  return [
    modelGroup(summary),
    inputGroup(summary),
    tokensGroup(summary),
    blocksGroup(summary),
    ...classesGroups(summary),
    preprocessingGroup(summary),
    ...(graph === null ? [] : [graphGroup(graph)]),
  ];
}

/** Everything that is known of a model, in groups. */
export function modelFacts({ summary, costs, proof }: ModelInspection): readonly FactGroup[] {
  return [...summaryFacts(summary), costGroup(costs), proofGroup(proof, summary), ...assumedGroup(summary)];
}
