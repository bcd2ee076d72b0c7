/** The summary of an opened model tells the architecture that its file was written for. */

import { expect } from 'vitest';

import type { Architecture } from '../../support/export-styles/architecture.js';
import type { Subject } from './subject.js';

/** Which names of a pooling mean the same for this architecture. */
function poolingsOf({ pooling, prefix }: Architecture): readonly string[] {
  if (pooling === 'cls-and-mean-patches' && prefix.length === 1) return [pooling, 'cls-and-mean-rest'];
  if (prefix.length === 0 && pooling.startsWith('mean')) return ['mean-all', 'mean-patches'];
  return [pooling];
}

export function expectAnatomy({ summary, a, file }: Subject): void {
  const { anatomy } = summary;
  expect(summary).toMatchObject({
    source: 'onnx',
    inputWidth: a.width,
    inputHeight: a.height,
    patchWidth: a.patchWidth,
    patchHeight: a.patchHeight,
    gridWidth: Math.floor(a.width / a.patchWidth),
    gridHeight: Math.floor(a.height / a.patchHeight),
    prefixTokens: a.prefix.length,
    width: a.dim,
    blocks: a.blocks,
    heads: a.heads,
  });
  expect(summary.classes).toHaveLength(a.classes);
  expect(anatomy).toMatchObject({
    channels: a.channels,
    blockNorm: a.blockNorm,
    normKind: a.normKind,
    headWidth: a.headWidth,
    innerWidth: a.inner,
    activation: a.activation,
    gated: a.gated,
    qkvBias: a.qkvBias,
    qkNorm: a.qkNorm !== null,
    layerScale: a.layerScale,
    stemNorm: a.stemNorm,
  });
  expect(poolingsOf(a)).toContain(anatomy.pooling);
  expect(anatomy.graph).toMatchObject({ output: a.output, pixels: { layout: file.layout, batch: file.batch } });
  expect(anatomy.graph?.blocks).toHaveLength(a.blocks);
}
