/** Graphs that go on from their scores to the chosen classes: the scores before the choice are taken, and it is said. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { choicesOf } from '../../../src/main/model/chosen-answer.js';
import { type LiftedVit, liftVit } from '../../../src/main/model/onnx-vit.js';
import { proveCut } from '../../../src/main/model/prove-cut.js';
import { valueCandidates } from '../../../src/main/model/value-candidates.js';
import type { Attribute, Model, Node, ValueInfo } from '../../../src/main/onnx/graph.js';
import { type Tensor, intTensor } from '../../../src/main/onnx/tensor.js';
import { architecture } from '../../support/export-styles/architecture.js';
import { Exporter } from '../../support/export-styles/exporter.js';
import { Keras } from '../../support/export-styles/keras.js';
import { randomParameters } from '../../support/export-styles/parameters.js';

const a = architecture();

function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  values: Record<string, number> = {},
): Node {
  const attributes = Object.entries(values).map(([key, value]): [string, Attribute] => [key, { kind: 'int', value }]);
  return { name: outputs[0] ?? op, op, domain: '', inputs, outputs, attributes: new Map(attributes) };
}

const info = (name: string, type: ValueInfo['type'], ...dims: (number | string)[]): ValueInfo => ({ name, type, dims });

/** A model whose outputs are these, made by further nodes. */
function goingOn(
  model: Model,
  nodes: readonly Node[],
  outputs: readonly ValueInfo[],
  constants: Record<string, Tensor> = {},
): Model {
  const { graph } = model;
  const initializers = new Map([...graph.initializers, ...Object.entries(constants)]);
  return { ...model, graph: { ...graph, nodes: [...graph.nodes, ...nodes], initializers, outputs } };
}

function lift(model: Model): Promise<LiftedVit> {
  return liftVit(model, 'model.onnx', cpuSessions(1));
}

const plain = new Exporter(a, randomParameters(a, 3)).model();
const logits = plain.graph.outputs[0]?.name ?? '';
const count = { k: intTensor([3], [1]) };
const cases: readonly (readonly [string, Model])[] = [
  [
    'ArgMax',
    goingOn(plain, [node('ArgMax', [logits], ['label'], { axis: 1, keepdims: 0 })], [info('label', 'int64', 1)]),
  ],
  [
    'ArgMax that keeps its dimension',
    goingOn(plain, [node('ArgMax', [logits], ['label'], { axis: -1, keepdims: 1 })], [info('label', 'int64', 1, 1)]),
  ],
  [
    'TopK',
    goingOn(
      plain,
      [node('TopK', [logits, 'k'], ['values', 'indices'], { axis: -1 })],
      [info('values', 'float32', 1, 3), info('indices', 'int64', 1, 3)],
      count,
    ),
  ],
  [
    'a softmax and ArgMax, cast',
    goingOn(
      plain,
      [
        node('Softmax', [logits], ['p'], { axis: -1 }),
        node('ArgMax', ['p'], ['wide'], { axis: -1, keepdims: 0 }),
        node('Cast', ['wide'], ['output'], { to: 6 }),
      ],
      [info('output', 'int32', 1)],
    ),
  ],
  [
    'a softmax, its largest value and where that is',
    goingOn(
      plain,
      [
        node('Softmax', [logits], ['p'], { axis: -1 }),
        node('TopK', ['p', 'k'], ['scores', 'classes'], { axis: -1 }),
        node('ArgMax', [logits], ['class'], { axis: -1, keepdims: 0 }),
      ],
      [info('class', 'int64', 1), info('scores', 'float32', 1, 3), info('classes', 'int64', 1, 3)],
      count,
    ),
  ],
  [
    'a look-up of the class',
    goingOn(
      plain,
      [node('ArgMax', [logits], ['at'], { axis: -1, keepdims: 0 }), node('Gather', ['ids', 'at'], ['id'], { axis: 0 })],
      [info('id', 'int64', 1)],
      {
        ids: intTensor(
          Array.from({ length: a.classes }, (_, index) => 100 + index),
          [a.classes],
        ),
      },
    ),
  ],
];

describe('a graph that ends in', () => {
  it.each(cases)('%s opens by the scores before it', async (_, model) => {
    const { vit, graph } = await lift(model);
    expect(vit.head.classifier.outputs).toBe(a.classes);
    expect([logits, 'p']).toContain(graph.logits);
    expect(graph.passes.at(-1)).toContain(`took the scores '${graph.logits}' from before`);
    const createSession = cpuSessions(1);
    const proof = await proveCut(
      vit,
      { model, graph },
      { createSession, createPlainSession: createSession, onStep: () => undefined },
    );
    expect(proof.difference).toBeLessThan(1e-4);
    expect(proof.against).toBe('file');
  });

  it.each(cases)('%s lists these scores among its values', (_, model) => {
    const names = valueCandidates(model).logits.map(({ name }) => name);
    expect(names).toContain(logits);
    expect(names).not.toContain('values');
    expect(names).not.toContain('scores');
  });
});

it('an output with the scores goes before what was chosen of them', async () => {
  const model = goingOn(
    plain,
    [
      node('Softmax', [logits], ['probabilities'], { axis: -1 }),
      node('ArgMax', [logits], ['label'], { axis: 1, keepdims: 1 }),
    ],
    [info('label', 'int64', 1, 1), info('probabilities', 'float32', 1, a.classes)],
  );
  expect(choicesOf(model.graph)).toEqual([{ output: 'label', op: 'ArgMax', scores: logits }]);
  const { graph } = await lift(model);
  expect(graph).toMatchObject({ logits: 'probabilities', output: 'probabilities' });
  expect(graph.passes.join()).not.toContain('took the scores');
});

it('opens with the channels last, as mobile exports have them, up to ArgMax', async () => {
  const mobile = new Keras(a, randomParameters(a, 3)).model();
  const end = mobile.graph.outputs[0]?.name ?? '';
  const { graph } = await lift(
    goingOn(mobile, [node('ArgMax', [end], ['label'], { axis: 1 })], [info('label', 'int64', 1, 1)]),
  );
  expect(graph).toMatchObject({ pixels: { layout: 'NHWC' }, logits: end });
});
