/** TIS on a ViT with halves of its own, for tests that open no model. */

import { Halves, type HalvesOptions, processorHalves } from '../../src/main/explain/halves.js';
import { type Scoring, Tis } from '../../src/main/explain/tis.js';
import type { Vit } from '../../src/main/model/vit.js';
import type { CreateSession } from '../../src/main/onnx/runner.js';

export interface OwnTis {
  readonly tis: Tis;
  readonly release: () => Promise<void>;
}

export async function tisOf(
  vit: Vit,
  createSession: CreateSession,
  scoring?: Scoring,
  options: HalvesOptions = processorHalves,
): Promise<OwnTis> {
  const halves = await Halves.create(vit, createSession, options);
  const tis = await Tis.create(vit, halves, createSession, scoring);
  return {
    tis,
    release: async () => {
      await tis.release();
      await halves.release();
    },
  };
}
