/** A ViT computed number by number in float64 from named weights: what every family of folders is checked against. */

export interface PlainTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
export type State = ReadonlyMap<string, PlainTensor>;
type Rows = readonly (readonly number[])[];
type Pointwise = (x: number) => number;

/** The error function by its series and continued fraction, to 1e-12. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 80; n += 1) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n -= 1) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}

const sigmoid: Pointwise = (x) => 1 / (1 + Math.exp(-x));

export const pointwise = {
  gelu: (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  geluTanh: (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  quickGelu: (x: number): number => x * sigmoid(1.702 * x),
  silu: (x: number): number => x * sigmoid(x),
  relu: (x: number): number => Math.max(0, x),
  tanh: Math.tanh,
} as const;

/** Names of the weights of one block; null for what it has not. */
export interface PlainBlock {
  readonly norm1: string;
  readonly norm2: string;
  /** Three linear layers, or the name of one that stacks them. */
  readonly qkv: readonly [string, string, string] | string;
  readonly qNorm: string | null;
  readonly kNorm: string | null;
  readonly projection: string;
  readonly scale1: string | null;
  readonly scale2: string | null;
  /** A linear layer; gated: one that stacks gate and value. */
  readonly in: string;
  readonly gated: boolean;
  readonly out: string;
}

export interface PlainSpec {
  readonly image: number;
  readonly patch: number;
  readonly heads: number;
  readonly epsilon: number;
  readonly rms?: boolean;
  readonly activation: Pointwise;
  readonly conv: string;
  readonly prefix: readonly string[];
  readonly positions: string;
  /** Prefix rows of the position embedding. */
  readonly placed: number;
  /** Side of the grid that the positions were learned on, when it is another. */
  readonly learned?: number;
  readonly antialias?: boolean;
  readonly stemNorm: string | null;
  readonly block: (index: number) => PlainBlock;
  readonly blocks: number;
  /** The branch is normalised after its layer instead of before. */
  readonly resPost?: boolean;
  readonly norm: string | null;
  readonly pooling: 'cls' | 'mean' | 'cls-and-mean' | 'distilled';
  readonly pooledNorm: string | null;
  readonly hidden: string | null;
  readonly classifier: string;
  readonly distilled: string | null;
}

/** Cubic convolution, Keys 1981. */
function cubic(x: number, a: number): number {
  const t = Math.abs(x);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? a * (((t - 5) * t + 8) * t - 4) : 0;
}

/** Weights of one output of a bicubic resize from `from` to `to` samples. */
function bicubicWeights(from: number, to: number, output: number, antialias: boolean): number[] {
  const scale = from / to;
  const weights = Array.from({ length: from }, () => 0);
  const center = (output + 0.5) * scale;
  if (!antialias) {
    const first = Math.floor(center - 0.5);
    for (let tap = first - 1; tap <= first + 2; tap += 1) {
      const at = Math.min(from - 1, Math.max(0, tap));
      weights[at] = (weights[at] ?? 0) + cubic(center - 0.5 - tap, -0.75);
    }
    return weights;
  }
  const stretch = Math.max(1, scale);
  for (let at = 0; at < from; at += 1) {
    weights[at] = cubic((at + 0.5 - center) / stretch, -0.5);
  }
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

class PlainVit {
  readonly #state: State;
  readonly #spec: PlainSpec;

  constructor(state: State, spec: PlainSpec) {
    this.#state = state;
    this.#spec = spec;
  }

  #tensor(name: string): PlainTensor {
    const tensor = this.#state.get(name);
    if (!tensor) throw new RangeError(`No weight '${name}'`);
    return tensor;
  }

  /** A tensor as rows over its last dimension. */
  #rows(name: string): Rows {
    const { shape, data } = this.#tensor(name);
    const width = shape.at(-1) ?? 1;
    return Array.from({ length: data.length / width }, (_, row) => [...data.subarray(row * width, (row + 1) * width)]);
  }

  #vector(name: string): readonly number[] {
    return [...this.#tensor(name).data];
  }

  #linear(name: string, x: readonly number[], from = 0, to?: number): number[] {
    const weight = this.#rows(`${name}.weight`).slice(from, to);
    const bias = this.#state.has(`${name}.bias`) ? this.#vector(`${name}.bias`).slice(from, to) : [];
    return weight.map((row, index) => row.reduce((sum, w, at) => sum + w * (x[at] ?? 0), bias[index] ?? 0));
  }

  #norm(name: string, x: readonly number[]): number[] {
    const { epsilon, rms = false } = this.#spec;
    const mean = rms ? 0 : x.reduce((a, b) => a + b, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    const scale = this.#vector(`${name}.weight`);
    const shift = rms ? [] : this.#vector(`${name}.bias`);
    return x.map((value, at) => ((value - mean) / Math.sqrt(variance + epsilon)) * (scale[at] ?? 0) + (shift[at] ?? 0));
  }

  #positions(): Rows {
    const { positions, placed, learned, image, patch, antialias = false } = this.#spec;
    const all = this.#rows(positions);
    const grid = image / patch;
    if (learned === undefined || learned === grid) return all;
    const table = all.slice(placed);
    const weights = Array.from({ length: grid }, (_, at) => bicubicWeights(learned, grid, at, antialias));
    const rows = weights.flatMap((down) =>
      weights.map((across) =>
        (table[0] ?? []).map((_, column) =>
          table.reduce((sum, row, at) => {
            const w = (down[Math.floor(at / learned)] ?? 0) * (across[at % learned] ?? 0);
            return sum + w * (row[column] ?? 0);
          }, 0),
        ),
      ),
    );
    return [...all.slice(0, placed), ...rows];
  }

  /** Pixels `[channels, image, image]` to tokens. */
  tokens(pixels: Float32Array): Rows {
    const { image, patch, conv, prefix, placed, stemNorm } = this.#spec;
    const grid = image / patch;
    const channels = this.#tensor(`${conv}.weight`).shape[1] ?? 0;
    const width = this.#tensor(`${conv}.weight`).shape[0] ?? 0;
    const kernel = this.#tensor(`${conv}.weight`).data;
    const bias = this.#state.has(`${conv}.bias`) ? this.#vector(`${conv}.bias`) : [];
    const size = channels * patch * patch;
    const patches = Array.from({ length: grid * grid }, (_, place) => {
      const top = Math.floor(place / grid) * patch;
      const left = (place % grid) * patch;
      return Array.from({ length: width }, (__, column) => {
        let sum = bias[column] ?? 0;
        for (let at = 0; at < size; at += 1) {
          const channel = Math.floor(at / (patch * patch));
          const row = top + (Math.floor(at / patch) % patch);
          const value = pixels[(channel * image + row) * image + left + (at % patch)] ?? 0;
          sum += value * (kernel[column * size + at] ?? 0);
        }
        return sum;
      });
    });
    const before = prefix.flatMap((name) => this.#rows(name));
    const positions = this.#positions();
    const all = [...before, ...patches].map((token, index) => {
      const at = index < placed ? index : index < before.length ? undefined : index - before.length + placed;
      const place = at === undefined ? [] : (positions[at] ?? []);
      return token.map((value, column) => value + (place[column] ?? 0));
    });
    return stemNorm === null ? all : all.map((token) => this.#norm(stemNorm, token));
  }

  #attention(block: PlainBlock, x: Rows): Rows {
    const { heads } = this.#spec;
    const width = (x[0] ?? []).length;
    const part = (index: number): Rows =>
      typeof block.qkv === 'string'
        ? x.map((row) => this.#linear(String(block.qkv), row, index * width, (index + 1) * width))
        : x.map((row) => this.#linear(block.qkv[index] ?? '', row));
    const size = width / heads;
    const head = (row: readonly number[] | undefined, index: number, norm: string | null): readonly number[] => {
      const own = (row ?? []).slice(index * size, (index + 1) * size);
      return norm === null ? own : this.#norm(norm, own);
    };
    const [q, k, v] = [part(0), part(1), part(2)];
    return x.map((_, row) => {
      const mixed = Array.from({ length: heads }, (__, index) => {
        const query = head(q[row], index, block.qNorm);
        const scores = x.map((___, other) => {
          const key = head(k[other], index, block.kNorm);
          return query.reduce((sum, value, at) => sum + value * (key[at] ?? 0), 0) / Math.sqrt(size);
        });
        const most = Math.max(...scores);
        const powers = scores.map((score) => Math.exp(score - most));
        const total = powers.reduce((a, b) => a + b, 0);
        return Array.from({ length: size }, (____, at) =>
          powers.reduce((sum, power, other) => sum + (power / total) * (head(v[other], index, null)[at] ?? 0), 0),
        );
      });
      return this.#linear(block.projection, mixed.flat());
    });
  }

  #feedForward(block: PlainBlock, x: readonly number[]): number[] {
    const { activation } = this.#spec;
    const inner = this.#linear(block.in, x);
    if (!block.gated) return this.#linear(block.out, inner.map(activation));
    const half = inner.length / 2;
    const gated = inner.slice(0, half).map((gate, at) => pointwise.silu(gate) * (inner[half + at] ?? 0));
    return this.#linear(block.out, gated);
  }

  #join(x: Rows, branch: Rows, norm: string, scale: string | null): Rows {
    const factors = scale === null ? [] : this.#vector(scale);
    return x.map((row, index) => {
      const added = this.#spec.resPost === true ? this.#norm(norm, branch[index] ?? []) : (branch[index] ?? []);
      return row.map((value, at) => value + (factors[at] ?? 1) * (added[at] ?? 0));
    });
  }

  /** Tokens to logits. */
  logits(tokens: Rows): number[] {
    const { blocks, norm, prefix, classifier, distilled, pooledNorm, hidden, resPost = false } = this.#spec;
    let x = tokens;
    for (let index = 0; index < blocks; index += 1) {
      const block = this.#spec.block(index);
      const before = (rows: Rows, name: string): Rows => (resPost ? rows : rows.map((row) => this.#norm(name, row)));
      x = this.#join(x, this.#attention(block, before(x, block.norm1)), block.norm1, block.scale1);
      const inner = before(x, block.norm2).map((row) => this.#feedForward(block, row));
      x = this.#join(x, inner, block.norm2, block.scale2);
    }
    const final = norm === null ? x : x.map((row) => this.#norm(norm, row));
    const count = prefix.reduce((sum, name) => sum + this.#rows(name).length, 0);
    const patches = final.slice(count);
    const mean = (patches[0] ?? []).map(
      (_, at) => patches.reduce((sum, row) => sum + (row[at] ?? 0), 0) / patches.length,
    );
    const cls = final[0] ?? [];
    const pooled = { cls, mean, 'cls-and-mean': [...cls, ...mean], distilled: cls }[this.#spec.pooling];
    const normed = pooledNorm === null ? pooled : this.#norm(pooledNorm, pooled);
    const last = hidden === null ? normed : this.#linear(hidden, normed).map(Math.tanh);
    const logits = this.#linear(classifier, last);
    if (distilled === null) return logits;
    const second = this.#linear(distilled, final[1] ?? []);
    return logits.map((value, at) => (value + (second[at] ?? 0)) / 2);
  }
}

/** Logits of a picture `[channels, image, image]`, of all tokens or of those named. */
export function plainLogits(state: State, spec: PlainSpec, pixels: Float32Array, kept?: readonly number[]): number[] {
  const vit = new PlainVit(state, spec);
  const tokens = vit.tokens(pixels);
  return vit.logits(kept ? kept.map((token) => tokens[token] ?? []) : tokens);
}
