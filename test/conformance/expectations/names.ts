/** The values that the anatomy names lie in the file and hold what the rebuilt model has in their place. */

import { expect } from 'vitest';

import type { GraphAnatomy } from '../../../src/shared/model.js';
import type { Model, ValueInfo } from '../../../src/main/onnx/graph.js';
import { floatOutput } from '../../../src/main/onnx/runner.js';
import { difference, runOnce } from '../../support/export-styles/check-model.js';
import { withOutputs } from '../../support/export-styles/rewrites.js';
import { referenceSessions } from '../../support/provider.js';
import type { Subject } from './subject.js';

/** A value of the file and the output of the rebuilt model that it must equal. */
interface Place {
  readonly name: string;
  readonly output: string;
}

function placesOf({ tokens, blocks }: GraphAnatomy): readonly Place[] {
  const all = [
    { name: tokens, output: 'tokens' },
    ...blocks.map(({ output }, index) => ({ name: output, output: `block_${String(index)}` })),
    ...blocks.map(({ attention }, index) => ({ name: attention, output: `attention_${String(index)}` })),
  ];
  return all.flatMap(({ name, output }) => (name === null ? [] : [{ name, output }]));
}

function madeIn({ graph }: Model): ReadonlySet<string> {
  return new Set(graph.nodes.flatMap(({ outputs }) => outputs));
}

/** Runs the file to the named values. Values of half precision cannot be read, and a twin has others than its file. */
async function expectValues(
  { file, each, provider, originalFeeds, tokens, rebuilt }: Subject,
  places: readonly Place[],
): Promise<void> {
  const { truth } = file;
  const readable = file.tolerance <= 1e-4 && each.quantisation === undefined && provider.name === 'cpu';
  if (truth instanceof Uint8Array || !readable) return;
  const known = madeIn(truth);
  const asked = places.filter(({ name }) => known.has(name));
  const declared = new Set(truth.graph.outputs.map(({ name }) => name));
  const extra = asked
    .filter(({ name }) => !declared.has(name))
    .map(({ name }): ValueInfo => ({ name, type: 'float32', dims: null }));
  const shown = await runOnce(referenceSessions, withOutputs(truth, extra), originalFeeds);
  const found = { tokens, ...rebuilt };
  for (const { name, output } of asked) {
    const apart = difference(floatOutput(shown, name), floatOutput(found, output));
    expect(apart, `'${name}' as ${output}`).toBeLessThan(1e-4);
  }
}

export async function expectNames(subject: Subject): Promise<void> {
  const { each, a, summary, stored } = subject;
  const { graph } = summary.anatomy;
  if (!graph || !stored) throw new RangeError('An ONNX file has a graph');
  if (each.attention !== false) {
    const attention = graph.blocks.map((block) => block.attention);
    expect(new Set(attention).size, 'every block names its attention probabilities').toBe(a.blocks);
    expect(attention).not.toContain(null);
  }
  const places = placesOf(graph);
  const made = madeIn(stored);
  const strangers = places.filter(({ name }) => !made.has(name));
  expect(strangers, 'names that the file does not have').toEqual([]);
  await expectValues(subject, places);
}
