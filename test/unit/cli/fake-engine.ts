/** An engine that makes its maps up at once, and notes what it was asked. */

import { basename } from 'node:path';
import sharp from 'sharp';

import { methodFacts, type MethodId, methodParameters } from '../../../src/shared/methods.js';
import type { CompareContext } from '../../../src/main/cli/explain-compare.js';
import type { RowsContext } from '../../../src/main/cli/sheet-rows.js';
import type { Engine, ImageFacts, MethodOutcome, PredictOutcome } from '../../../src/main/engine/engine.js';
import { fashionNames } from '../../support/fashion-names.js';
import { demoSummary } from '../../support/fake-models.js';
import { UnusedEngine } from '../../support/unused-engine.js';

const model = demoSummary(fashionNames, 2);
const facts: ImageFacts = {
  sha256: 'ab'.repeat(32),
  bytes: 1,
  width: 28,
  height: 28,
  modelView: { left: 0, top: 0, width: 1, height: 1 },
  stamp: null,
};
/** Ankle boot 50 %, the rest falling. */
const probabilities = Float32Array.from(fashionNames, (_, at) => (at === 9 ? 0.5 : (0.5 * (9 - at)) / 45));

/** Every image is a boot, but for `bad.png`, which cannot be read. */
export class FakeEngine extends UnusedEngine {
  /** Method, images and all classes of each call. */
  readonly asked: [MethodId, readonly string[], readonly number[]][] = [];

  override openModel: Engine['openModel'] = () => Promise.resolve(model);
  override methods: Engine['methods'] = () => Promise.resolve([]);

  override predict: Engine['predict'] = ({ inputs }) => {
    const outcomes = inputs.map(({ path }): PredictOutcome => {
      if (basename(path) !== 'bad.png') return { ok: true, facts, probabilities };
      return { ok: false, error: { code: 'IMAGE_UNREADABLE', message: '"bad.png" is damaged.', hint: '' } };
    });
    return Promise.resolve(outcomes);
  };

  /** Maps that rise from the class's index on, without a last value; those of signed methods fall. */
  override explainWith: Engine['explainWith'] = ({ inputs, request: { method, parameters } }) => {
    const images = inputs.map(({ input }) => basename(input.path));
    this.asked.push([method, images, inputs.flatMap(({ classes }) => classes)]);
    const { resolution, signed } = methodFacts(method);
    const side = resolution === 'patch' ? 2 : 4;
    const size = side * side;
    const outcomes = inputs.map(({ classes }): MethodOutcome => {
      const value = (at: number): number => (at === size - 1 ? NaN : at) * (signed ? -1 : 1);
      const maps = classes.flatMap((index) => Array.from({ length: size }, (_value, at) => index + value(at)));
      return {
        ok: true,
        facts,
        probabilities,
        classes: Int32Array.from(classes),
        width: side,
        height: side,
        maps: Float32Array.from(maps),
        parameters,
        milliseconds: 1500,
        cost: { forward: 3, backward: signed ? 2 : 0 },
      };
    });
    return Promise.resolve(outcomes);
  };

  override modelPicture: Engine['modelPicture'] = async () => {
    const bytes = await sharp({ create: { width: 28, height: 28, channels: 3, background: '#777' } })
      .png()
      .toBuffer();
    return { bytes, mime: 'image/png', width: 28, height: 28 };
  };
}

/** What the commands hand on, with methods at their published parameters. */
export function contextOf(engine: Engine, ids: readonly MethodId[]): CompareContext & RowsContext {
  const methods = ids.map((id) => ({ id, parameters: methodParameters(id) }));
  return {
    engine,
    signal: new AbortController().signal,
    location: { path: 'model' },
    model,
    methods,
    rows: methods,
  };
}
