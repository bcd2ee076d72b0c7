/** Reads the config.json of a timm folder: what the architecture's name and arguments say that the weights do not. */

import * as v from 'valibot';
import { AppError } from '../../shared/errors.js';
import { notVit } from './not-vit.js';
import { issueInWords } from './schema-words.js';
import type { JsonObject } from './side-files.js';
import type { Activation } from './vit.js';

const sizeSchema = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_536));
const pairSchema = v.union([sizeSchema, v.pipe(v.array(sizeSchema), v.length(2))]);
const inputSchema = v.nullish(v.pipe(v.array(sizeSchema), v.length(3)));

const configSchema = v.object({
  architecture: v.pipe(v.string(), v.minLength(1)),
  global_pool: v.nullish(v.string()),
  /** Where early versions of timm kept what pretrained_cfg holds now. */
  input_size: inputSchema,
  pretrained_cfg: v.nullish(v.object({ input_size: inputSchema, global_pool: v.nullish(v.string()) })),
  model_args: v.nullish(
    v.object({
      num_heads: v.nullish(sizeSchema),
      act_layer: v.nullish(v.string()),
      global_pool: v.nullish(v.string()),
      img_size: v.nullish(pairSchema),
      no_embed_class: v.nullish(v.boolean()),
      pool_include_prefix: v.nullish(v.boolean()),
    }),
  ),
});
type Config = v.InferOutput<typeof configSchema>;

export interface TimmConfig {
  readonly architecture: string;
  /** Heads of blocks of a width. */
  readonly heads: (width: number) => number;
  readonly activation: Activation;
  readonly epsilon: number;
  /** Residual post-norm: the branch is normalised after its layer. */
  readonly postNorm: boolean;
  /** Null where nothing is said: then the norm of the head tells. */
  readonly pooling: 'cls' | 'mean' | null;
  readonly poolsPrefix: boolean;
  /** Whether prefix tokens have no place; null where nothing is said. */
  readonly placesPatchesOnly: boolean | null;
  readonly input: { readonly height: number; readonly width: number } | null;
  /** What pretrained_cfg says of it: older than `input` where the model was built for another size. */
  readonly pretrainedInput: { readonly height: number; readonly width: number } | null;
}

/** Architectures that timm builds as its plain VisionTransformer. */
const plain = /^(vit|deit|deit3|flexivit|eva_large|test_vit\d*)(_|$)/;

/** Architectures named like it that are something else. */
const others: readonly (readonly [RegExp, string])[] = [
  [/relpos/, 'its attention adds a bias for every pair of places, so tokens cannot be left out'],
  [
    /_rope|dinov3|_pe_|_pe$|naflex/,
    'its attention turns queries and keys by their place (rotary embedding), so its tokens carry no place of their own',
  ],
  [/_r\d+_s\d+|resnet|_mci_/, 'its patches are made by a convolutional network'],
  [/_xp_|pwee/, 'its blocks run attention and feed-forward layer side by side'],
  [/_\d+x2_/, 'its blocks run two attention layers side by side'],
  [/_dwee_|_dlittle_/, 'it uses differential attention'],
];

const gelus: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_tanh: 'gelu-tanh',
  quick_gelu: 'quick-gelu',
  quickgelu: 'quick-gelu',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
  tanh: 'tanh',
};

/** SigLIP towers with the tanh form; the others of them have the exact one. */
const tanhSiglip = /(base_patch32|so400m_patch16|giantopt_patch16)_siglip|large_patch16_siglip(_gap)?_512/;

function activationOf(architecture: string, stated: string | null | undefined, path: string): Activation {
  if (stated !== null && stated !== undefined) {
    const known = gelus[stated.toLowerCase()];
    if (known !== undefined) return known;
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `${path}: the activation '${stated}' is not supported.`,
      'Models with GELU (exact, tanh or quick), ReLU, SiLU or tanh open.',
    );
  }
  if (architecture.includes('quickgelu')) return 'quick-gelu';
  return tanhSiglip.test(architecture) ? 'gelu-tanh' : 'gelu';
}

/** Heads by timm's definitions: 64 columns each, but for the widths of huge and wider models and a few names. */
function headsOf(architecture: string, width: number): number {
  if (architecture.startsWith('test_vit')) return width / 32;
  if (/vit_base_patch16_gap_224|giantopt_/.test(architecture)) return 16;
  return [1152, 1280, 1408, 1664].includes(width) ? 16 : width / 64;
}

function poolingOf(name: string | null | undefined, path: string): TimmConfig['pooling'] {
  switch (name) {
    case null:
    case undefined:
      return null;
    case 'token':
      return 'cls';
    case 'avg':
      return 'mean';
    default:
      throw notVit(
        path,
        `its head pools the tokens by '${name}'`,
        "Heads that read the class token ('token') or the mean ('avg') open.",
      );
  }
}

/** What the name says of the pooling when no argument does. */
function namedPooling(architecture: string): string | null {
  if (/_gap_|_rpn_|^eva_large/.test(architecture)) return 'avg';
  return /siglip|_map_/.test(architecture) ? 'map' : null;
}

type Input = TimmConfig['input'];

function sizeOf(size: readonly number[] | null | undefined): Input {
  const [height = 0, width = height] = size?.slice(-2) ?? [];
  return height > 0 ? { height, width } : null;
}

/** The size that a model was built for, where an argument of its construction says it. */
function builtFor({ model_args: args }: Config): Input {
  const stated = args?.img_size;
  return sizeOf(typeof stated === 'number' ? [stated] : stated);
}

/**
 * Resolves what a config.json says of a timm model.
 * @throws AppError `MODEL_NOT_VIT` for another architecture, `MODEL_UNREADABLE` for a broken file, `MODEL_UNSUPPORTED`.
 */
export function timmConfig(json: JsonObject, path: string): TimmConfig {
  const parsed = v.safeParse(configSchema, json);
  if (!parsed.success) {
    throw new AppError(
      'MODEL_UNREADABLE',
      `${path}: ${issueInWords(parsed.issues)}.`,
      'Choose the folder that timm saved with its model.',
    );
  }
  const config = parsed.output;
  // A name may carry the tag of its weights: vit_tiny_patch16_224.augreg_in21k.
  const [architecture = ''] = config.architecture.split('.');
  if (!plain.test(architecture)) {
    throw notVit(path, `it describes the timm model '${architecture}', which is none of vit_*, deit_* and deit3_*`);
  }
  const other = others.find(([pattern]) => pattern.test(architecture));
  if (other) throw notVit(path, `it describes the timm model '${architecture}': ${other[1]}`);
  const { model_args: args } = config;
  const heads = args?.num_heads;
  const pretrainedInput = sizeOf(config.pretrained_cfg?.input_size ?? config.input_size);
  const pool =
    args?.global_pool ?? config.global_pool ?? config.pretrained_cfg?.global_pool ?? namedPooling(architecture);
  return {
    architecture,
    heads: (width) => heads ?? headsOf(architecture, width),
    activation: activationOf(architecture, args?.act_layer, path),
    epsilon: architecture.includes('_clip_') ? 1e-5 : 1e-6,
    postNorm: architecture.includes('_rpn_'),
    pooling: poolingOf(pool, path),
    poolsPrefix: args?.pool_include_prefix ?? false,
    placesPatchesOnly: args?.no_embed_class ?? (/^deit3|^flexivit/.test(architecture) ? true : null),
    input: builtFor(config) ?? pretrainedInput,
    pretrainedInput,
  };
}
