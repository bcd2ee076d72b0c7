/** What benchmarks measure with: rates taken in turn, operations of an encoder, and the ceiling of the runtime's matrix product. */

import { cpuSessions } from '../../src/main/engine/session.js';
import { GraphBuilder } from '../../src/main/onnx/builder.js';
import { floats } from '../../src/main/onnx/runner.js';

/** Runs `work` for about two seconds and returns how often it ran in a second. */
export async function perSecond(work: () => Promise<unknown>): Promise<number> {
  await work();
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 2000) {
    await work();
    count += 1;
  }
  return (count * 1000) / (performance.now() - start);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

/** Something that is run again and again, and how much one run does. */
export interface Work {
  readonly amount: number;
  readonly run: () => Promise<unknown>;
}

/**
 * Amounts a second of several works, `rounds` figures each, taken in turn: the speed of a machine changes by a third from
 * minute to minute, so only figures of the same round compare.
 */
export async function inTurn(works: readonly Work[], rounds: number, milliseconds: number): Promise<number[][]> {
  for (const { run } of works) await run();
  const rates = works.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, { amount, run }] of works.entries()) {
      const start = performance.now();
      let count = 0;
      do {
        await run();
        count += 1;
      } while (performance.now() - start < milliseconds);
      rates[at]?.push((count * amount * 1000) / (performance.now() - start));
    }
  }
  return rates;
}

interface Shape {
  readonly width: number;
  readonly blocks: number;
}

/** Multiplications and additions of the encoder on `tokens` tokens, in operations (2 a multiply-add). */
export function encoderOperations({ width, blocks }: Shape, tokens: number): number {
  return blocks * (2 * tokens * 12 * width * width + 4 * tokens * tokens * width);
}

/** One dense product of constant weights; its amount is operations. */
async function productWork(
  rows: number,
  inputs: number,
  outputs: number,
): Promise<Work & { release(): Promise<void> }> {
  const g = new GraphBuilder('product');
  const x = g.input('x', 'float32', ['rows', inputs]);
  const product = g.matMul(x, g.floats(new Float32Array(inputs * outputs).fill(0.01), [inputs, outputs]));
  // One row of the result is read, so that fetching it costs nothing.
  g.output('y', g.reduceSum(g.slice(product, 0, 0, 1), 1, false), 'float32', [1]);
  const session = await cpuSessions(0)(g.model());
  const feed = { x: floats(new Float32Array(rows * inputs).fill(0.5), rows, inputs) };
  return { amount: 2 * rows * inputs * outputs, run: () => session.run(feed), release: () => session.release() };
}

/** The four products of a block, at the rows of a batch of eight masks. */
export function blockProducts(
  { width }: Pick<Shape, 'width'>,
  tokens: number,
): Promise<readonly (Work & { release(): Promise<void> })[]> {
  const rows = 8 * tokens;
  const shapes = [
    [width, 3 * width],
    [width, width],
    [width, 4 * width],
    [4 * width, width],
  ] as const;
  return Promise.all(shapes.map(([inputs, outputs]) => productWork(rows, inputs, outputs)));
}

/** Operations a second of the best of the products at the model's shapes: the ceiling of everything else. */
export async function ceiling(shape: Shape, tokens: number): Promise<number> {
  const products = await blockProducts(shape, tokens);
  const rates = await inTurn(products, 5, 100);
  for (const product of products) await product.release();
  return Math.max(...rates.map(median));
}

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const line = (cells: readonly (string | number | null)[]): string =>
    `| ${cells.map((cell) => (cell === null ? '' : String(cell))).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

/** Milliseconds on the clock and of the processor. */
export interface Milliseconds {
  readonly wall: number;
  readonly processor: number;
}

/** Of the quickest of some rounds: other programs hold a processor up, but never speed it up. */
export function quickest(
  rounds: number,
  work: (round: number) => void,
  before: (round: number) => void = () => undefined,
): Milliseconds {
  const times = Array.from({ length: rounds }, (_, round): Milliseconds => {
    before(round);
    const used = process.cpuUsage();
    const start = performance.now();
    work(round);
    const wall = performance.now() - start;
    const { user, system } = process.cpuUsage(used);
    return { wall, processor: (user + system) / 1000 };
  });
  const least = (values: readonly number[]): number => Number(Math.min(...values).toFixed(2));
  return { wall: least(times.map(({ wall }) => wall)), processor: least(times.map(({ processor }) => processor)) };
}
