/** The values of an ONNX graph that a person could name. */

import { expect, it } from 'vitest';
import { valueCandidates } from '../../../src/main/model/value-candidates.js';
import { embed, encode } from '../../../src/main/model/vit-graph.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import { randomVit } from '../../support/random-vit.js';

it('lists pictures, residual streams and answers, and nothing else', () => {
  const vit = randomVit();
  const g = new GraphBuilder('file');
  const pixels = g.input('image', 'float32', ['b', 3, 12, 16]);
  g.input('threshold', 'float32', []);
  const tokens = embed(g, vit, pixels);
  const { logits, blockOutputs } = encode(g, vit, tokens, { blockOutputs: true });
  g.output('probabilities', g.softmax(logits), 'float32', ['b', 5]);
  const found = valueCandidates(g.model());
  expect(found.pixels).toEqual([{ name: 'image', dims: ['b', 3, 12, 16], op: '' }]);
  const names = found.tokens.map(({ name }) => name);
  expect(names).toContain(tokens);
  expect(names).toContain(blockOutputs[0]);
  expect(found.tokens.every(({ dims }) => dims[1] === 13 && dims[2] === 24)).toBe(true);
  // Two branches a block: the tokens, two sums in the first block and one inside the second.
  expect(found.tokens.filter(({ op }) => op === 'Add').length).toBe(4);
  expect(found.logits.map(({ name }) => name)).toContain(logits);
  expect(found.logits.at(-1)).toMatchObject({ name: 'probabilities', op: 'Identity' });
  expect(found.logits.every(({ dims }) => dims[1] === 5)).toBe(true);
});

it('finds nothing in a graph without such values', () => {
  const g = new GraphBuilder('other');
  g.output('y', g.add(g.input('x', 'float32', ['n']), g.float(1)), 'float32', ['n']);
  expect(valueCandidates(g.model())).toEqual({ pixels: [], tokens: [], logits: [] });
});
