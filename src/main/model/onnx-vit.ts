/** Lifts a ViT classifier out of any ONNX graph: found by its structure, read off by asking the graph, proven part by part. */

import type { GraphAnatomy, NamedValues } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import type { Model } from '../onnx/graph.js';
import { fixSizes } from '../onnx/passes/fix-sizes.js';
import { fuseNorms } from '../onnx/passes/fuse-norms.js';
import { plainProducts } from '../onnx/passes/plain-products.js';
import { prune } from '../onnx/prune.js';
import type { CreateSession } from '../onnx/runner.js';
import { readValues } from '../onnx/scopes.js';
import { inferShapes } from '../onnx/shapes.js';
import { Asker } from './ask.js';
import { type Choice, choiceInWords } from './chosen-answer.js';
import { Flow } from './flow.js';
import { GraphWeights } from './graph-weight.js';
import { type NormalForm, normalForm } from './normal-form.js';
import { notVit, unsupported } from './not-vit.js';
import { type PixelInput, answerOutput, checkNamedValues, pixelInput } from './pixel-input.js';
import { type PictureSize, pictureSize } from './picture-size.js';
import { Prover } from './prove.js';
import { BlockReader } from './read-block.js';
import type { Picture } from './patches.js';
import { type Stem, StemReader } from './read-stem.js';
import type { Setting } from './setting.js';
import { TailReader } from './read-tail.js';
import { BlockFinder, type BlockSite, type Chain } from './recognise-blocks.js';
import type { Block, Vit } from './vit.js';
import { weightTypesOf } from './weight-types.js';
import { whyNotVit } from './why-not-vit.js';

export interface LiftOptions {
  /** The size of the picture where the graph leaves it open. */
  readonly size?: PictureSize | undefined;
  /** Values by which a person corrects what is recognised. */
  readonly values?: NamedValues | null | undefined;
}

export interface LiftedVit {
  readonly vit: Vit;
  readonly graph: GraphAnatomy;
  /** How the weights are stored, the most common first. */
  readonly weightTypes: readonly string[];
}

/** Graphs beyond this are no classifier, and would take long to look at. */
const mostNodes = 100_000;
const widest = 65_536;
/** Some exports bake the batch of their example into the graph without saying so. */
const likelyBatches = [1, 2, 4, 8, 16, 32] as const;

/** A graph with all sizes fixed, and what was found in it. */
interface Opened {
  readonly asker: Asker;
  readonly flow: Flow;
  readonly chain: Chain;
  readonly setting: Setting;
  readonly picture: Picture;
  readonly stem: Stem;
  readonly firstBlock: Block;
  readonly sizes: ReadonlyMap<string, readonly number[]>;
}

class Lifter {
  readonly #original: Model;
  readonly #normal: NormalForm;
  readonly #file: string;
  readonly #createSession: CreateSession;
  readonly #options: LiftOptions;
  readonly #pixels: PixelInput;
  readonly #answer: string;
  readonly #choice: Choice | null;

  constructor(model: Model, file: string, createSession: CreateSession, options: LiftOptions) {
    this.#original = model;
    this.#file = file;
    this.#createSession = createSession;
    this.#options = options;
    if (model.graph.nodes.length > mostNodes) {
      throw notVit(file, `its graph has ${String(model.graph.nodes.length)} nodes`);
    }
    checkNamedValues(model.graph, options.values, file);
    const normal = normalForm(model);
    const shapes = inferShapes(normal.model);
    const answer = answerOutput(model.graph, (name) => shapes.dims(name)?.length ?? null, options.values, file);
    this.#answer = answer.name;
    this.#choice = answer.choice;
    const outputs = [{ name: this.#answer, type: 'float32' as const, dims: null }];
    this.#normal = { ...normal, model: { ...normal.model, graph: prune({ ...normal.model.graph, outputs }) } };
    this.#pixels = pixelInput(model.graph, options.values, neededInputs(this.#normal.model), file);
  }

  async lift(): Promise<LiftedVit> {
    const opened = await this.#open();
    const { setting, chain, stem, picture } = opened;
    const blocks: Block[] = [];
    for (const [index, site] of chain.blocks.entries()) {
      blocks.push(index === 0 ? opened.firstBlock : await new BlockReader(setting, site, index).read());
    }
    const last = chain.blocks.at(-1)?.feedForward.next ?? '';
    const tail = await new TailReader(setting, last, this.#answer, stem.prefix).read();
    const vit: Vit = {
      channels: picture.channels,
      inputHeight: picture.height,
      inputWidth: picture.width,
      patchHeight: stem.patches.height,
      patchWidth: stem.patches.width,
      gridHeight: Math.floor(picture.height / stem.patches.height),
      gridWidth: Math.floor(picture.width / stem.patches.width),
      prefix: tail.prefix,
      width: setting.width,
      patchWeight: stem.patches.weight,
      tokensAtZero: stem.tokensAtZero,
      stemNorm: stem.norm,
      blocks,
      head: tail.head,
    };
    const boundaries = {
      picture,
      bytes: this.#pixels.type === 'uint8',
      streams: [chain.tokens, ...chain.blocks.map(({ feedForward }) => feedForward.next)],
      answer: this.#answer,
      answerKind: tail.answer,
    };
    const difference = await new Prover(vit, setting, this.#references(opened), boundaries).prove();
    return { vit, graph: this.#anatomy(opened, tail.answer, difference), weightTypes: weightTypesOf(this.#original) };
  }

  /** Fixes the sizes, finds the blocks and reads stem and first block, for the batch that the graph works with. */
  async #open(): Promise<Opened> {
    const size = pictureSize(this.#normal.model.graph, this.#pixels, this.#options.size, this.#file);
    let refusal: unknown;
    for (const batch of this.#pixels.batch === null ? likelyBatches : [this.#pixels.batch]) {
      try {
        return await this.#openWith(batch, size);
      } catch (error) {
        refusal ??= error;
        // Only a graph that cannot be run may run with another batch.
        if (!(error instanceof AppError) || error.code !== 'MODEL_UNSUPPORTED') throw error;
      }
    }
    throw refusal;
  }

  async #openWith(batch: number, size: PictureSize): Promise<Opened> {
    const { name, layout, channels } = this.#pixels;
    const sides = layout === 'NCHW' ? [channels, size.height, size.width] : [size.height, size.width, channels];
    const sizes = new Map([[name, [batch, ...sides]]]);
    // Norms that divide by a width read from a shape are plain to see only now.
    const fixed = plainProducts(fuseNorms(fixSizes(this.#normal.model, sizes)));
    const asker = new Asker(fixed, this.#file, this.#createSession);
    const source = this.#source(new Flow(fixed.graph, name));
    const flow = new Flow(fixed.graph, source);
    whyNotVit(flow, this.#file, (value) => asker.shapes.dims(value));
    const tokens = this.#options.values?.tokens;
    const chain = new BlockFinder(flow, this.#file).chain(tokens);
    const dims = asker.dims(chain.tokens);
    const width = dims.at(-1) ?? 0;
    const rows = asker.size(chain.tokens) / width / batch;
    if (!(width > 0 && width <= widest) || !Number.isInteger(rows)) {
      throw unsupported(
        this.#file,
        `its tokens '${chain.tokens}' have the shape [${dims.join(', ')}] for a batch of ${String(batch)}`,
        'Export the model again with a batch of one.',
      );
    }
    const setting: Setting = { flow, asker, weights: new GraphWeights(fixed), tokens: rows, width, batch };
    const picture: Picture = { name: source, layout, batch, channels, height: size.height, width: size.width };
    const stem = await new StemReader(setting, picture, chain.tokens).read();
    const [first] = chain.blocks;
    if (!first) throw notVit(this.#file, 'it has no Transformer blocks');
    const firstBlock = await new BlockReader(setting, first, 0).read();
    return { asker, flow, chain, setting, picture, stem, firstBlock, sizes };
  }

  /** The picture as float32: the input itself, or what it is cast to. */
  #source(flow: Flow): string {
    const { name, type } = this.#pixels;
    if (type === 'float32') return name;
    const casts = flow.consumers(name).filter((node) => node.op === 'Cast');
    return casts.length === 1 ? (casts[0]?.outputs[0] ?? name) : name;
  }

  /** What to compare with: the file's own operators where they compute in float32, and the plain form. */
  #references({ asker, sizes }: Opened): readonly Asker[] {
    if (this.#normal.coarse) return [asker];
    return [new Asker(fixSizes(this.#original, sizes), this.#file, this.#createSession), asker];
  }

  #anatomy(opened: Opened, output: GraphAnatomy['output'], difference: number): GraphAnatomy {
    const { graph, opsets } = this.#original;
    const own = new Set(graph.nodes.flatMap((node) => node.outputs));
    const named = (name: string | undefined): string | null => (name !== undefined && own.has(name) ? name : null);
    return {
      opset: opsets.get('') ?? 0,
      producer: this.#original.producer,
      pixels: {
        name: this.#pixels.name,
        layout: this.#pixels.layout,
        type: this.#pixels.type,
        batch: this.#pixels.batch ?? (opened.setting.batch === 1 ? null : opened.setting.batch),
        dynamicSize: this.#pixels.height === null || this.#pixels.width === null,
        range: this.#pixels.type === 'uint8' ? 'bytes' : opened.stem.patches.range,
      },
      tokens: named(opened.chain.tokens),
      blocks: opened.chain.blocks.map((site) => ({
        output: named(site.feedForward.next),
        attention: named(probabilitiesOf(site, opened.asker)),
      })),
      logits: this.#answer,
      output,
      passes: [...this.#normal.passes, ...(this.#choice === null ? [] : [choiceInWords(this.#choice)])],
      difference,
    };
  }
}

/** The inputs that some node of a pruned graph reads. */
function neededInputs({ graph }: Model): ReadonlySet<string> {
  return new Set(graph.nodes.flatMap(readValues));
}

/** The attention probabilities of a block when one value `[B, heads, S, S]` holds them. */
function probabilitiesOf({ attention }: BlockSite, asker: Asker): string | undefined {
  if (attention.part.kind !== 'attention' || attention.part.sites.length !== 1) return undefined;
  const [site] = attention.part.sites;
  const name = site?.softmax.outputs[0];
  return name !== undefined && asker.dims(name).length === 4 ? name : undefined;
}

/**
 * Recognises the ViT in an ONNX classifier, rebuilds it from its weights and proves that both give the same.
 * @throws AppError `MODEL_NOT_VIT` or `MODEL_UNSUPPORTED` with what was found and what would work.
 */
export async function liftVit(
  model: Model,
  file: string,
  createSession: CreateSession,
  options: LiftOptions = {},
): Promise<LiftedVit> {
  try {
    return await new Lifter(model, file, createSession, options).lift();
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('MODEL_')) {
      // The passes do not know the file.
      if (error.message.includes(file)) throw error;
      throw new AppError(error.code, `${file}: ${error.message}`, error.hint, { cause: error });
    }
    const message = error instanceof Error ? error.message : String(error);
    throw unsupported(
      file,
      `its graph could not be understood (${message.slice(0, 300)})`,
      'Check that the file runs in ONNX Runtime; if it does, export it again, as a float32 model with a fixed input size.',
      { cause: error },
    );
  }
}
