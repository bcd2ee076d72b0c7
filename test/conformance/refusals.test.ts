/** Networks that are no plain ViT classifier are refused with what they are and what would work. */

import { describe, expect, it } from 'vitest';

import { cpuSessions } from '../../src/main/engine/session.js';
import { writeModel } from '../../src/main/onnx/write-model.js';
import { AppError } from '../../src/shared/errors.js';
import { otherModels } from '../support/export-styles/other-models.js';
import { openFiles } from './open-written.js';

const sessions = cpuSessions(1);

describe('networks that are no plain ViT', () => {
  it.each(otherModels)('$name', async ({ model, named }) => {
    const bytes = writeModel(model());
    // The file itself is sound: the refusal is about what it computes.
    await (await sessions(bytes)).release();
    const error: unknown = await openFiles({ 'model.onnx': bytes }, 'model.onnx', sessions).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(AppError);
    const { code, message, hint } = error as AppError;
    expect(['MODEL_NOT_VIT', 'MODEL_UNSUPPORTED']).toContain(code);
    expect(message).toContain('model.onnx');
    expect(message).toMatch(named);
    expect(hint.length).toBeGreaterThan(20);
  });
});
