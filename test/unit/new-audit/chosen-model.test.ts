/** The model of a new audit: choices are kept with it, refused files can have their values named. */

import { describe, expect, it } from 'vitest';
import { ChosenModel } from '../../../src/main/new-audit/chosen-model.js';
import type { Engine, ModelLocation } from '../../../src/main/engine/engine.js';
import { AppError } from '../../../src/shared/errors.js';
import { engineWith } from '../../support/unused-engine.js';
import { model } from '../project/sample.js';

/** An engine that opens everything unless it is told otherwise. */
function engineOf(refuse: (location: ModelLocation) => AppError | null = () => null): {
  readonly engine: Engine;
  readonly opened: ModelLocation[];
} {
  const opened: ModelLocation[] = [];
  const engine = engineWith({
    openModel: ({ model: location }) => {
      opened.push(location);
      const error = refuse(location);
      return error === null ? Promise.resolve(model) : Promise.reject(error);
    },
  });
  return { engine, opened };
}

describe('choices', () => {
  it('go together to the engine, and none at all when there are none', async () => {
    const { engine, opened } = engineOf();
    const newAudit = new ChosenModel(engine);
    await newAudit.open('/models/vit');
    expect(newAudit.location).toEqual({ path: '/models/vit' });
    await newAudit.setPreprocessing({ preset: 'clip' });
    await newAudit.setClassNames({ kind: 'file', path: '/home/ana/lists/classes.txt' });
    const choice = {
      preprocessing: { preset: 'clip' },
      classNames: { kind: 'file', path: '/home/ana/lists/classes.txt' },
      values: null,
    };
    expect(opened.at(-1)).toEqual({ path: '/models/vit', choice });
    expect(newAudit.location).toEqual({ path: '/models/vit', choice });
    expect(newAudit.shownChoice.classNames).toEqual({ kind: 'file', path: 'classes.txt' });
  });

  it('that do not fit leave the model as it was', async () => {
    const { engine } = engineOf(({ choice }) =>
      choice?.preprocessing?.crop === 200 ? new AppError('BAD_USAGE', 'The crop gives 200 x 200.') : null,
    );
    const newAudit = new ChosenModel(engine);
    await newAudit.open('/models/vit');
    await newAudit.setPreprocessing({ preset: 'none' });
    await expect(newAudit.setPreprocessing({ crop: 200 })).rejects.toMatchObject({ code: 'BAD_USAGE' });
    expect(newAudit.location?.choice?.preprocessing).toEqual({ preset: 'none' });
  });

  it('are forgotten with another model', async () => {
    const newAudit = new ChosenModel(engineOf().engine);
    await newAudit.open('/models/vit');
    await newAudit.setPreprocessing({ preset: 'none' });
    await newAudit.tryToOpen('/models/other');
    expect(newAudit.location).toEqual({ path: '/models/other' });
  });

  it('need a model', async () => {
    await expect(new ChosenModel(engineOf().engine).setClassNames(null)).rejects.toMatchObject({ code: 'BAD_USAGE' });
  });
});

describe('a refused ONNX file', () => {
  const unrecognised = new AppError('MODEL_NOT_VIT', 'odd.onnx has no tokens.', 'Name them.');

  it('is kept, opens when its values are named, and is no longer refused then', async () => {
    const { engine, opened } = engineOf(({ path, choice }) =>
      path.endsWith('odd.onnx') && choice?.values?.tokens !== 'x' ? unrecognised : null,
    );
    const newAudit = new ChosenModel(engine);
    await newAudit.open('/models/vit');
    await newAudit.tryToOpen('/models/odd.onnx');
    expect(newAudit.refused).toEqual({ name: 'odd.onnx', error: unrecognised.toData() });
    expect(newAudit.location).toEqual({ path: '/models/vit' });
    await newAudit.setValues({ tokens: 'y' });
    expect(newAudit.refused?.error.message).toBe('odd.onnx has no tokens.');
    await newAudit.setValues({ tokens: 'x' });
    expect(newAudit.refused).toBeNull();
    const choice = { preprocessing: null, classNames: null, values: { tokens: 'x' } };
    expect(opened.at(-1)).toEqual({ path: '/models/odd.onnx', choice });
  });

  it.each([
    ['/models/gone.onnx', 'MODEL_NOT_FOUND'],
    ['/models/folder', 'MODEL_NOT_VIT'],
  ] as const)('%s with %s is an error like any other', async (path, code) => {
    const newAudit = new ChosenModel(engineOf(() => new AppError(code, 'No.')).engine);
    await expect(newAudit.tryToOpen(path)).rejects.toMatchObject({ code });
    expect(newAudit.refused).toBeNull();
  });
});
