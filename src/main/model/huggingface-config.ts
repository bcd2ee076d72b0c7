/** Reads the config.json of a Hugging Face folder and decides which family of ViT it describes, or why none that opens. */

import * as v from 'valibot';
import { AppError } from '../../shared/errors.js';
import { notVit, unsupported } from './not-vit.js';
import { issueInWords } from './schema-words.js';
import { isObject, type JsonObject } from './side-files.js';
import type { Activation } from './vit.js';

/** A size that a model may have; larger ones are mistakes in the file. */
const sizeSchema = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_536));
const pairSchema = v.union([sizeSchema, v.pipe(v.array(sizeSchema), v.length(2))]);

const configSchema = v.object({
  hidden_size: v.optional(sizeSchema, 768),
  num_hidden_layers: v.optional(sizeSchema, 12),
  num_attention_heads: v.optional(sizeSchema, 12),
  hidden_act: v.optional(v.string()),
  layer_norm_eps: v.optional(v.pipe(v.number(), v.minValue(0))),
  image_size: v.optional(pairSchema, 224),
  patch_size: v.optional(pairSchema),
  num_channels: v.optional(sizeSchema, 3),
  /** BEiT and its kin. */
  use_relative_position_bias: v.optional(v.boolean(), false),
  use_shared_relative_position_bias: v.optional(v.boolean(), false),
  use_mean_pooling: v.optional(v.boolean(), true),
});

/** The families of Hugging Face ViT classifiers that open. */
export type Family = 'vit' | 'deit' | 'dinov2' | 'dinov2_with_registers' | 'beit' | 'clip' | 'siglip';

export interface HuggingFaceConfig {
  readonly family: Family;
  /** How the weights of the encoder begin. */
  readonly root: string;
  /** DeiT with its second classifier. */
  readonly teacher: boolean;
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  readonly activation: Activation;
  readonly epsilon: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly patchHeight: number;
  readonly patchWidth: number;
  readonly channels: number;
  readonly meanPooling: boolean;
  /** What is to be said about how the file was understood. */
  readonly remarks: readonly string[];
}

interface FamilyFacts {
  readonly family: Family;
  readonly root: string;
  /** Classes of transformers that are classifiers. */
  readonly classifiers: readonly string[];
  readonly epsilon: number;
  readonly activation: string;
  readonly patch: number;
}

const plain = { epsilon: 1e-12, activation: 'gelu', patch: 16 } as const;

const families: Readonly<Record<string, FamilyFacts>> = {
  vit: { ...plain, family: 'vit', root: 'vit.', classifiers: ['ViTForImageClassification'] },
  vit_msn: { ...plain, family: 'vit', root: 'vit.', classifiers: ['ViTMSNForImageClassification'], epsilon: 1e-6 },
  deit: {
    ...plain,
    family: 'deit',
    root: 'deit.',
    classifiers: ['DeiTForImageClassification', 'DeiTForImageClassificationWithTeacher'],
  },
  dinov2: {
    ...plain,
    family: 'dinov2',
    root: 'dinov2.',
    classifiers: ['Dinov2ForImageClassification'],
    epsilon: 1e-6,
    patch: 14,
  },
  dinov2_with_registers: {
    ...plain,
    family: 'dinov2_with_registers',
    root: 'dinov2_with_registers.',
    classifiers: ['Dinov2WithRegistersForImageClassification'],
    epsilon: 1e-6,
    patch: 14,
  },
  beit: { ...plain, family: 'beit', root: 'beit.', classifiers: ['BeitForImageClassification'] },
  'data2vec-vision': {
    ...plain,
    family: 'beit',
    root: 'data2vec_vision.',
    classifiers: ['Data2VecVisionForImageClassification'],
  },
  clip: {
    family: 'clip',
    root: 'vision_model.',
    classifiers: ['CLIPForImageClassification'],
    epsilon: 1e-5,
    activation: 'quick_gelu',
    patch: 32,
  },
  siglip: {
    family: 'siglip',
    root: 'vision_model.',
    classifiers: ['SiglipForImageClassification'],
    epsilon: 1e-6,
    activation: 'gelu_pytorch_tanh',
    patch: 16,
  },
};

const windows = 'it attends within windows and merges patches, so tokens cannot be left out';
const convolutional = 'it is a convolutional network and has no tokens';
const hybrid = 'it mixes tokens by convolution or pooling, so they cannot be left out';

/** Why a model type that is not a plain ViT does not open. */
const others: Readonly<Record<string, string>> = {
  swin: windows,
  swinv2: windows,
  'donut-swin': windows,
  focalnet: windows,
  hiera: windows,
  mvit: windows,
  convnext: convolutional,
  convnextv2: convolutional,
  resnet: convolutional,
  regnet: convolutional,
  bit: convolutional,
  efficientnet: convolutional,
  mobilenet_v1: convolutional,
  mobilenet_v2: convolutional,
  cvt: hybrid,
  levit: hybrid,
  mobilevit: hybrid,
  mobilevitv2: hybrid,
  poolformer: hybrid,
  pvt: hybrid,
  pvt_v2: hybrid,
  segformer: hybrid,
  swiftformer: hybrid,
  efficientformer: hybrid,
  van: hybrid,
  'vit-hybrid': 'its patches are made by a convolutional network',
  vit_hybrid: 'its patches are made by a convolutional network',
};

const whatOpens =
  'Folders of ViT, DeiT, DINOv2 (also with registers), ViT-MSN, CLIP and SigLIP image classifiers open, timm folders of vit_*, deit_* and deit3_*, and ONNX exports of plain ViTs.';

function activationOf(name: string, path: string): Activation {
  switch (name) {
    case 'gelu':
    case 'gelu_python':
      return 'gelu';
    case 'gelu_new':
    case 'gelu_fast':
    case 'gelu_accurate':
    case 'gelu_pytorch_tanh':
    case 'gelu_python_tanh':
      return 'gelu-tanh';
    case 'quick_gelu':
      return 'quick-gelu';
    case 'relu':
      return 'relu';
    case 'silu':
    case 'swish':
      return 'silu';
    case 'tanh':
      return 'tanh';
    default:
      throw new AppError(
        'MODEL_UNSUPPORTED',
        `${path}: the activation '${name}' is not supported.`,
        'Models with GELU (exact, tanh or quick), ReLU, SiLU or tanh open.',
      );
  }
}

/** Types of pretrainings whose encoders are those of a family above, under the same names. */
const pretrainings: ReadonlySet<string> = new Set(['vit_mae', 'vit_simmim']);

/** The family of a config, checked against its architecture. @throws AppError `MODEL_NOT_VIT`. */
function familyOf(json: JsonObject, path: string): FamilyFacts {
  const type = json.model_type;
  const architectures = Array.isArray(json.architectures) ? json.architectures.map(String) : [];
  const [stated] = architectures;
  // The type of a pretraining may stand beside the classifier that was made of it: the class is what was saved.
  const byClass =
    type === undefined || type === null || (typeof type === 'string' && pretrainings.has(type))
      ? Object.values(families).find(({ classifiers }) => classifiers.includes(stated ?? ''))
      : undefined;
  const facts = typeof type === 'string' && Object.hasOwn(families, type) ? families[type] : byClass;
  if (facts === undefined) {
    const named = typeof type === 'string' ? type : 'nameless';
    const reason = Object.hasOwn(others, named) ? `: ${others[named] ?? ''}` : '';
    throw new AppError('MODEL_NOT_VIT', `${path} describes a '${named}' model${reason}.`, whatOpens);
  }
  if (stated !== undefined && !architectures.some((name) => facts.classifiers.includes(name))) {
    throw new AppError(
      'MODEL_NOT_VIT',
      `${path} describes a '${stated}', which is no image classifier.`,
      `Fine-tune it as ${facts.classifiers.join(' or ')} and choose that folder; an encoder alone predicts no classes.`,
    );
  }
  return facts;
}

function typeRemarks(json: JsonObject, facts: FamilyFacts): readonly string[] {
  const { model_type: type } = json;
  const [name = ''] = facts.classifiers;
  if (typeof type !== 'string') return [`config.json states no model_type: it is read as its class ${name} says.`];
  if (!pretrainings.has(type)) return [];
  return [`config.json states the model_type '${type}' of a pretraining: it is read as its class ${name} says.`];
}

/** A position bias between places cannot follow tokens that are left out. */
function refuseRelativeBias(config: v.InferOutput<typeof configSchema>, path: string): void {
  if (!config.use_relative_position_bias && !config.use_shared_relative_position_bias) return;
  throw notVit(
    path,
    'its attention adds a bias for every pair of places (use_relative_position_bias), so tokens cannot be left out',
  );
}

function pairOf(value: v.InferOutput<typeof pairSchema>): readonly [number, number] {
  if (typeof value === 'number') return [value, value];
  const [first = 0, second = first] = value;
  return [first, second];
}

/**
 * Resolves what a config.json says of a Hugging Face model.
 * @throws AppError `MODEL_NOT_VIT` for another architecture, `MODEL_UNREADABLE` for a broken file, `MODEL_UNSUPPORTED`.
 */
export function huggingFaceConfig(json: JsonObject, path: string): HuggingFaceConfig {
  const facts = familyOf(json, path);
  const nested = facts.family === 'clip' || facts.family === 'siglip';
  const content = nested && isObject(json.vision_config) ? json.vision_config : json;
  const parsed = v.safeParse(configSchema, content);
  if (!parsed.success) {
    throw new AppError(
      'MODEL_UNREADABLE',
      `${path}: ${issueInWords(parsed.issues)}.`,
      'Choose the folder that save_pretrained() wrote for an image classifier.',
    );
  }
  const config = parsed.output;
  if (facts.family === 'beit') refuseRelativeBias(config, path);
  const { hidden_size: width, num_attention_heads: heads } = config;
  if (width % heads !== 0) {
    throw unsupported(
      path,
      `a width of ${String(width)} does not divide into ${String(heads)} heads`,
      'Correct num_attention_heads.',
    );
  }
  const [inputHeight, inputWidth] = pairOf(config.image_size);
  const [patchHeight, patchWidth] = pairOf(config.patch_size ?? facts.patch);
  return {
    family: facts.family,
    root: facts.root,
    teacher: Array.isArray(json.architectures) && json.architectures.includes('DeiTForImageClassificationWithTeacher'),
    width,
    blocks: config.num_hidden_layers,
    heads,
    activation: activationOf(config.hidden_act ?? facts.activation, path),
    epsilon: config.layer_norm_eps ?? facts.epsilon,
    inputHeight,
    inputWidth,
    patchHeight,
    patchWidth,
    channels: config.num_channels,
    meanPooling: config.use_mean_pooling,
    remarks: typeRemarks(json, facts),
  };
}
