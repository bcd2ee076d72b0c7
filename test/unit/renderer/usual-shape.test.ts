/** The usual shape of a project's pictures is settled by the first of them. */

import { describe, expect, it } from 'vitest';

import type { ImageRow } from '../../../src/shared/audit.js';
import { UsualShape } from '../../../src/renderer/state/usual-shape.svelte.js';

const row = (width: number | null, height: number | null): ImageRow => ({ width, height }) as ImageRow;

describe('the usual shape', () => {
  it('is the median of the first pictures and then stays', () => {
    const shape = new UsualShape();
    expect(shape.aspect).toBe(1);
    shape.see([row(null, null)]);
    expect(shape.aspect).toBe(1);
    shape.see([row(200, 100), row(100, 200), row(400, 300)]);
    expect(shape.aspect).toBeCloseTo(4 / 3);
    shape.see(Array.from({ length: 24 }, () => row(100, 200)));
    expect(shape.aspect).toBe(0.5);
    shape.see(Array.from({ length: 100 }, () => row(300, 100)));
    expect(shape.aspect).toBe(0.5);
    shape.clear();
    expect(shape.aspect).toBe(1);
  });
});
