/** `hognose explain --method`: how methods are chosen and set, and what is told and written, with an engine that makes up its maps. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import type { AppError } from '../../../src/shared/errors.js';
import { methodIds, type MethodOffer, methodParameters } from '../../../src/shared/methods.js';
import { compareImage, tellComparison } from '../../../src/main/cli/explain-compare.js';
import { methodTable } from '../../../src/main/cli/explain-methods.js';
import { methodsFormat } from '../../../src/main/cli/explain-methods-output.js';
import {
  checkSettings,
  chooseMethods,
  methodNames,
  setting,
  settingsOf,
} from '../../../src/main/cli/method-options.js';
import { contactSheetOf } from '../../../src/main/cli/sheet-contact.js';
import { floatsFrom, readSafetensors } from '../../../src/main/model/safetensors.js';
import { plainLook } from '../sheet/sample.js';
import { contextOf, FakeEngine } from './fake-engine.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-methods-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const refusing = (...refused: readonly string[]): readonly MethodOffer[] =>
  methodIds.map((id) => ({
    id,
    parameters: methodParameters(id),
    refusal: refused.includes(id) ? 'The model pools patches.' : null,
  }));

describe('methods', () => {
  it('are named once or more often, in the order given', () => {
    expect(methodNames('rollout', methodNames('tis,chefer2'))).toEqual(['tis', 'chefer2', 'rollout']);
    expect(methodNames('tis', ['tis'])).toEqual(['tis']);
    expect(methodNames('tis', methodNames('all'))).toBe('all');
    expect(() => methodNames('lime')).toThrow(InvalidArgumentError);
  });

  it('have their parameters checked, with the keys listed', () => {
    const settings = setting('rise.keep=0.2', setting('rise.masks=500'));
    expect(settingsOf(settings, 'rise')).toEqual({ masks: 500, keep: 0.2 });
    expect(settingsOf(settings, 'tis')).toEqual({});
    expect(() => setting('rise.seeds=1')).toThrow('The parameters of RISE are masks, cells, keep, seed.');
    expect(() => setting('chefer1.masks=1')).toThrow('Chefer1 has no parameters.');
    expect(() => setting('lime.masks=1')).toThrow("There is no method 'lime'");
    for (const text of ['rise.masks=0', 'rise.masks=1.5', 'rise.masks=x', 'rise.masks= ']) {
      expect(() => setting(text), text).toThrow("RISE's masks is a whole number from 1 to 20000.");
    }
    for (const text of ['rise.masks', 'masks=5', 'rise.masks=']) expect(() => setting(text), text).toThrow('look like');
  });

  it('that are set must be computed', () => {
    expect(() => checkSettings(setting('rise.masks=5'), ['tis'])).toThrow('--set rise.masks has no effect');
    expect(() => checkSettings(setting('rise.masks=5'), 'all')).not.toThrow();
  });

  it('that the model refuses are left out of all, and an error when named', () => {
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const chosen = chooseMethods('all', refusing('tam', 'bt-t'), () => ({}));
    expect(chosen.map(({ id }) => id)).toEqual(methodIds.filter((id) => id !== 'tam' && id !== 'bt-t'));
    expect(told.mock.calls.map(([text]) => text)).toEqual([
      'TAM is left out: The model pools patches.\n',
      'BT-T is left out: The model pools patches.\n',
    ]);
    told.mockRestore();
    expect(() => chooseMethods(['tam'], refusing('tam'), () => ({}))).toThrow(
      expect.objectContaining({ code: 'METHOD_UNSUPPORTED' }) as AppError,
    );
    const [rise] = chooseMethods(['rise'], refusing(), () => ({ masks: 7 }));
    expect(rise?.parameters).toEqual({ masks: 7, cells: 8, keep: 0.1, seed: 0 });
  });
});

describe('maps', () => {
  it('are computed for the wanted classes only, and told in a table', async () => {
    const engine = new FakeEngine();
    const context = contextOf(engine, ['tis', 'integrated-gradients']);
    const wishes = [{ kind: 'class', value: 1 } as const, { kind: 'rank', value: 1 } as const];
    const compared = await compareImage('a.png', wishes, context);
    expect(compared.classes).toEqual([1, 9]);
    expect(engine.asked).toEqual([
      ['tis', ['a.png'], [1, 9]],
      ['integrated-gradients', ['a.png'], [1, 9]],
    ]);
    expect(methodTable(compared)).toEqual([
      'a.png: maps of 1 Trouser; 9 Ankle boot',
      'method                 time  passes                 Spearman with TIS',
      'TIS                   1.5 s  3 forward              1.00',
      'Integrated Gradients  1.5 s  3 forward, 2 backward  -1.00',
    ]);
  });

  it('of an unreadable image are an error', async () => {
    const context = contextOf(new FakeEngine(), ['tis']);
    await expect(compareImage('bad.png', [], context)).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
  });
});

describe('files', () => {
  it('hold the raw maps and what made them', async () => {
    const context = contextOf(new FakeEngine(), ['tis', 'rise']);
    const compared = await compareImage('a.png', [{ kind: 'class', value: 2 }], context);
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const tensors = join(folder, 'maps.safetensors');
    const json = join(folder, 'maps.json');
    await tellComparison(compared, tensors, context);
    await tellComparison(compared, json, context);
    told.mockRestore();
    const file = await readSafetensors(tensors);
    expect([...file.tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ['tis/map/2', 'F32', [2, 2]],
      ['rise/map/2', 'F32', [4, 4]],
      ['probs', 'F32', [10]],
    ]);
    const entry = file.tensors.get('tis/map/2');
    expect(entry && [...floatsFrom(entry, 'map')]).toEqual([2, 3, 4, NaN]);
    expect(file.metadata).toMatchObject({
      methods: 'tis,rise',
      classes: '2',
      image: 'a.png',
      image_sha256: 'ab'.repeat(32),
      model_hash: context.model.hash,
      'rise.parameters': 'cells=8;keep=0.1;masks=4000;seed=0',
      'rise.milliseconds': '1500',
      'rise.forward': '3',
      'rise.backward': '0',
    });
    expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({
      imageSha256: 'ab'.repeat(32),
      classes: [{ classIndex: 2, className: 'Pullover' }],
      methods: [
        {
          method: 'tis',
          milliseconds: 1500,
          passes: { forward: 3, backward: 0 },
          width: 2,
          maps: [{ classIndex: 2, values: [2, 3, 4, null] }],
        },
        { method: 'rise', parameters: { masks: 4000 }, width: 4 },
      ],
    });
  });

  it('are pictures by their names, and nothing else', () => {
    expect(['a.svg', 'b.PDF', 'c.json'].map(methodsFormat)).toEqual(['svg', 'pdf', 'json']);
    expect(() => methodsFormat('x.gif')).toThrow('ends with none of .safetensors, .json, .png, .svg and .pdf');
  });
});

describe('many images', () => {
  const images = ['Bag.png', 'bad.png', ...Array.from({ length: 9 }, (_, at) => `image-${at}.png`)];

  it('are asked for in groups, unreadable ones named and left out', async () => {
    const engine = new FakeEngine();
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const sheet = await contactSheetOf(images, undefined, plainLook, contextOf(engine, ['chefer2', 'rise']));
    expect(told.mock.calls.map(([text]) => text)).toContain('Warning: "bad.png" is damaged.\n');
    told.mockRestore();
    expect(sheet.columns.map(({ main }) => main)).toEqual(images.filter((image) => image !== 'bad.png'));
    expect(sheet.columns[0]?.small).toEqual(['label: Bag', 'prediction: Ankle boot 50\u202f%']);
    expect(sheet.rows.map(({ main }) => main)).toEqual(['Input', 'Chefer2', 'RISE']);
    const sizes = engine.asked.map(([method, asked]) => `${method} ${asked.length}`);
    expect(sizes).toEqual(['chefer2 8', 'chefer2 2', ...Array.from({ length: 10 }, () => 'rise 1')]);
    // Bag by its name, the others by what the model says.
    expect(engine.asked[0]?.[2].slice(0, 2)).toEqual([8, 9]);
  });

  it('of which none can be read are an error', async () => {
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const work = contactSheetOf(['bad.png', 'bad.png'], 'top1', plainLook, contextOf(new FakeEngine(), ['tis']));
    await expect(work).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
    told.mockRestore();
  });
});
