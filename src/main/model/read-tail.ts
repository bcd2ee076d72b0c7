/** Reads the head off a graph: final norm, which tokens it pools and how, and the classifier. */

import { floats } from './noise.js';
import type { Node } from '../onnx/graph.js';
import { answerOf } from './ask.js';
import { isNorm } from './flow.js';
import { type AnswerKind, answerKinds, answered, close, pooled } from './head-functions.js';
import { scaledColumns, vectorWeight } from './graph-weight.js';
import { matchActivation, pointwiseArguments } from './match-activation.js';
import { notVit } from './not-vit.js';
import { oneOutput, severalLabels } from './one-class.js';
import { biasedLinear } from './read-block.js';
import { readNorm } from './read-norm.js';
import { takeReadings } from './readings.js';
import { rowsOfFirst, type Setting } from './setting.js';
import type { Head, Linear, Pooling, PrefixToken } from './vit.js';
import { poolings } from './vit.js';

export interface Tail {
  readonly head: Head;
  readonly answer: AnswerKind;
  readonly prefix: readonly PrefixToken[];
}

/** The nodes that carry data from the last stream to the answer. */
interface TailNodes {
  readonly norms: readonly Node[];
  readonly linears: readonly Node[];
}

export class TailReader {
  readonly #setting: Setting;
  readonly #stream: string;
  readonly #answer: string;
  readonly #prefix: number;

  constructor(setting: Setting, stream: string, answer: string, prefix: number) {
    this.#setting = setting;
    this.#stream = stream;
    this.#answer = answer;
    this.#prefix = prefix;
  }

  /** @throws AppError `MODEL_NOT_VIT` or `MODEL_UNSUPPORTED` saying what the head does. */
  async read(): Promise<Tail> {
    const { norms, linears } = this.#nodes();
    const [first, second, third] = linears;
    if (!first) {
      throw this.#refuse(
        'no linear layer follows its last block, so it is an encoder without a classifier',
        'An encoder gives features; train and export it with its classification head.',
      );
    }
    if (third) throw this.#refuse(`its head has ${String(linears.length)} linear layers`);
    const wide = norms.filter((norm) => this.#isWide(norm));
    const [norm, another] = wide;
    if (another) throw this.#refuse('its head normalises the tokens more than once');
    const source = norm ? (norm.outputs[0] ?? '') : this.#stream;
    const narrow = norms.filter((one) => one !== norm);
    if (second && !this.#follows(second, first)) return this.#distilled(source, norm, narrow, first, second);
    const [pooledNorm, extra] = narrow;
    if (extra) throw this.#refuse('its head normalises the pooled vector more than once');
    const point = pooledNorm ? (pooledNorm.inputs[0] ?? '') : (first.inputs[0] ?? '');
    const found = await this.#pooling(source, point);
    const pooledWidth = this.#setting.width * (found.startsWith('cls-and') ? 2 : 1);
    const last = second ?? first;
    const hidden = second ? await this.#hidden(first, second) : null;
    const { kind, linear } = await this.#classifier(last);
    // The norm of one token is the same before and after it is picked.
    const early = found === 'cls' && !norm && pooledNorm;
    const ofTokens = norm ?? (early ? pooledNorm : undefined);
    const head: Head = {
      norm: ofTokens ? readNorm(this.#setting.weights, ofTokens, this.#setting.width) : null,
      pooling: found,
      pooledNorm: pooledNorm && !early ? readNorm(this.#setting.weights, pooledNorm, pooledWidth) : null,
      hidden,
      classifier: linear,
      distilled: null,
    };
    const prefix = Array.from({ length: this.#prefix }, (_, index): PrefixToken => (index === 0 ? 'cls' : 'register'));
    return { head, answer: kind, prefix };
  }

  #refuse(reason: string, hint?: string): Error {
    return notVit(this.#setting.asker.file, reason, hint);
  }

  #nodes(): TailNodes {
    const { flow } = this.#setting;
    const found = new Set<Node>();
    const queue = [this.#answer];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (name === this.#stream) continue;
      const node = flow.producer(name);
      if (!node) throw this.#refuse('its head reads more than the output of the last block (several layers together)');
      if (found.has(node)) continue;
      found.add(node);
      queue.push(...flow.dataInputs(node));
    }
    const nodes = flow.graph.nodes.filter((node) => found.has(node));
    const strange = nodes.find((node) => flow.isProduct(node) || node.op === 'Conv');
    if (strange?.op === 'MatMul') {
      throw this.#refuse(
        `its head pools the tokens by attention or products among them ('${strange.outputs[0] ?? ''}'), as SigLIP and CaiT do, which is no linear reading of the tokens`,
      );
    }
    if (strange) throw this.#refuse(`a convolution ('${strange.outputs[0] ?? ''}') follows its last block`);
    return { norms: nodes.filter(isNorm), linears: nodes.filter((node) => flow.isLinear(node)) };
  }

  /** Whether a norm works on all tokens. */
  #isWide(norm: Node): boolean {
    const { asker, tokens, batch, width, flow } = this.#setting;
    const size = asker.size(norm.outputs[0] ?? '');
    return size === tokens * batch * width && flow.core(norm.inputs[0] ?? '') === this.#stream;
  }

  /** Whether a layer reads the result of another. */
  #follows(layer: Node, earlier: Node): boolean {
    return this.#setting.flow.regionBefore(layer.inputs[0] ?? '', new Set([this.#stream])).linears.includes(earlier);
  }

  /** Random tokens and what becomes of them: every known pooling is tried. */
  async #pooledTokens(
    source: string,
    points: readonly string[],
  ): Promise<{ tokens: Float32Array; made: readonly Float32Array[] }> {
    const { asker, tokens, width, batch } = this.#setting;
    const dims = asker.dims(source);
    const data = floats(asker.size(source), 5);
    const found = await asker.once(new Map([[source, data]]), points, 'the pooling of the head');
    const first = new Float32Array(tokens * width);
    rowsOfFirst(dims, tokens, batch).forEach((row, token) => {
      first.set(data.subarray(row * width, (row + 1) * width), token * width);
    });
    const made = points.map((point) => {
      const answer = answerOf(found, point);
      return answer.data.subarray(0, answer.data.length / batch);
    });
    return { tokens: first, made };
  }

  async #pooling(source: string, point: string): Promise<Pooling> {
    const { width } = this.#setting;
    const { tokens, made } = await this.#pooledTokens(source, [point]);
    const candidates = poolings.filter(
      (pooling) => pooling !== 'distilled' && (this.#prefix > 0 || pooling !== 'mean-patches'),
    );
    // Without prefix tokens the mean of the patches is that of all; it is called by its usual name.
    const order = this.#prefix > 0 ? candidates : (['mean-all', ...candidates] as const);
    const match = order.find((pooling) => close(pooled(pooling, tokens, width, this.#prefix), made[0] ?? [], 1e-5));
    if (match === 'mean-all' && this.#prefix === 0) return 'mean-patches';
    if (match) return match;
    throw this.#refuse(
      `its head reads the tokens in another way than by the first token or a mean ('${point}')`,
      'Heads that open: class token, mean of the tokens, both side by side, and the two heads of a distilled DeiT.',
    );
  }

  async #distilled(
    source: string,
    norm: Node | undefined,
    narrow: readonly Node[],
    first: Node,
    second: Node,
  ): Promise<Tail> {
    const { width } = this.#setting;
    if (narrow.length > 0) throw this.#refuse('its two heads normalise their tokens on their own');
    const points = [first.inputs[0] ?? '', second.inputs[0] ?? ''];
    const { tokens, made } = await this.#pooledTokens(source, points);
    const row = (index: number): Float32Array => tokens.subarray(index * width, (index + 1) * width);
    const turned = close(row(0), made[1] ?? [], 1e-5) && close(row(1), made[0] ?? [], 1e-5);
    const straight = close(row(0), made[0] ?? [], 1e-5) && close(row(1), made[1] ?? [], 1e-5);
    if (!turned && !straight) throw this.#refuse('its two heads read something else than the first two tokens');
    const [cls, distillation] = (turned ? [second, first] : [first, second]).map((node) =>
      biasedLinear(this.#setting, node),
    );
    if (!cls || !distillation) throw new RangeError('Two layers were given');
    const { asker, batch } = this.#setting;
    const logits = [floats(asker.size(cls.output), 3), floats(asker.size(distillation.output), 4)] as const;
    const found = await asker.once(
      new Map([
        [cls.output, logits[0]],
        [distillation.output, logits[1]],
      ]),
      [this.#answer],
      'the head',
    );
    const answer = answerOf(found, this.#answer).data;
    const size = answer.length / batch;
    const mean = logits[0].map((value, at) => (value + (logits[1][at] ?? 0)) / 2).subarray(0, size);
    const kind = answerKinds.find((one) => close(answered(one, mean), answer.subarray(0, size), 1e-4));
    if (!kind) throw this.#refuse('its two heads are not averaged');
    return {
      head: {
        norm: norm ? readNorm(this.#setting.weights, norm, width) : null,
        pooling: 'distilled',
        pooledNorm: null,
        hidden: null,
        classifier: cls.linear,
        distilled: distillation.linear,
      },
      answer: kind,
      prefix: Array.from({ length: this.#prefix }, (_, index): PrefixToken =>
        index === 0 ? 'cls' : index === 1 ? 'distillation' : 'register',
      ),
    };
  }

  async #hidden(first: Node, second: Node): Promise<NonNullable<Head['hidden']>> {
    const { linear, output } = biasedLinear(this.#setting, first);
    const [input = ''] = second.inputs;
    const given = new Map([[output, pointwiseArguments(this.#setting.asker.size(output))]]);
    const made = answerOf(await this.#setting.asker.once(given, [input], 'the hidden layer of the head'), input);
    const found = matchActivation([{ width: linear.outputs, offsets: null }], linear.outputs, made.data);
    if (found?.gate === null) return { linear, activation: found.activation };
    throw this.#refuse('the hidden layer of its head has an activation that is not known');
  }

  /** The classifier, and what the answer is made of its logits. */
  async #classifier(node: Node): Promise<{ kind: AnswerKind; linear: Linear }> {
    const { asker, batch, flow, width } = this.#setting;
    const { linear, output } = biasedLinear(this.#setting, node);
    const classes = asker.size(this.#answer) / batch;
    if (classes !== linear.outputs) {
      throw this.#refuse(
        classes === width
          ? `its answer '${this.#answer}' has the width of its tokens, so it is an encoder without a classifier`
          : `its answer '${this.#answer}' has ${String(classes)} numbers for ${String(linear.outputs)} of its last layer`,
      );
    }
    const logits = floats(asker.size(output), 3);
    const found = answerOf(
      await asker.once(new Map([[output, logits]]), [this.#answer], 'the answer'),
      this.#answer,
    ).data;
    const [given, made] = [logits.subarray(0, classes), found.subarray(0, classes)];
    const kind = answerKinds.find((one) => close(answered(one, given), made, 1e-5));
    if (kind) return { kind, linear };
    const sigmoid = given.map((value) => 1 / (1 + Math.exp(-value)));
    if (close(sigmoid, made, 1e-5)) {
      throw classes === 1 ? oneOutput(asker.file) : severalLabels(asker.file, 'its answer is a sigmoid for each class');
    }
    return this.#scaled(node, linear, flow.producer(this.#answer));
  }

  /** Logits that are scaled or shifted after the layer: both go into it. */
  async #scaled(node: Node, linear: Linear, last: Node | undefined): Promise<{ kind: AnswerKind; linear: Linear }> {
    const kind: AnswerKind =
      last?.op === 'Softmax' ? 'probabilities' : last?.op === 'LogSoftmax' ? 'log-probabilities' : 'logits';
    const target = kind === 'logits' ? this.#answer : (last?.inputs[0] ?? this.#answer);
    const [product = ''] = node.outputs;
    const { readings } = await takeReadings(
      this.#setting.asker,
      [{ name: product, firstColumn: 0 }],
      [target],
      'the answer',
    );
    const reading = readings.get(target);
    const classes = linear.outputs;
    const plain = reading?.offset.every((_, at) => reading.column[at] === at % classes);
    if (!reading || !plain) throw this.#refuse(`does more to its logits than scale them ('${this.#answer}')`);
    const weight = scaledColumns(linear.weight, reading.factor.slice(0, classes));
    return { kind, linear: { ...linear, weight, bias: vectorWeight(reading.offset.slice(0, classes)) } };
  }
}
