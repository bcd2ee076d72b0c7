/** Every classifier of the family in every export style opens, as what it is, and computes what its file computes. */

import { describe, expect, it } from 'vitest';

import { AppError } from '../../src/shared/errors.js';
import { randomParameters } from '../support/export-styles/parameters.js';
import { testedProvider } from '../support/provider.js';
import { cases } from './cases/all.js';
import { namedCases } from './cases/outputs.js';
import { expectAnatomy } from './expectations/anatomy.js';
import { expectSameAnswer, expectSameAsReference } from './expectations/equality.js';
import { expectNames } from './expectations/names.js';
import { subjectOf } from './expectations/subject.js';
import { expectTis } from './expectations/tis.js';
import { openFiles } from './open-written.js';

/** HOGNOSE_CONFORMANCE_SEED draws other weights and pictures. */
const firstSeed = Number(process.env.HOGNOSE_CONFORMANCE_SEED ?? 1);
const provider = await testedProvider();
if (provider.missing !== null) process.stdout.write(`The conformance suite is skipped: ${provider.missing}\n`);

describe.skipIf(provider.missing !== null)('export styles', () => {
  it.each(cases.map((each, index) => ({ ...each, seed: index + firstSeed })))('$name', async ({ seed, ...each }) => {
    const subject = await subjectOf(each, seed, provider);
    expectAnatomy(subject);
    await expectNames(subject);
    await expectSameAnswer(subject);
    await expectSameAsReference(subject);
    if (each.tis) await expectTis(subject);
  });
});

describe.skipIf(provider.missing !== null)('files that need a person', () => {
  it.each(namedCases)('$name: refused when nothing is named', async ({ architecture, write, values }) => {
    const file = await write(architecture, randomParameters(architecture, 1));
    const opening = openFiles({ 'model.onnx': file.bytes }, 'model.onnx', provider.create);
    const error: unknown = await opening.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(AppError);
    const { code, message, hint } = error as AppError;
    expect(['MODEL_NOT_VIT', 'MODEL_UNSUPPORTED']).toContain(code);
    expect(`${message} ${hint}`).toContain(values?.logits);
  });
});
