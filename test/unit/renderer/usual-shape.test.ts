/** The usual shape of a project's pictures is settled by the first of them. */

import { describe, expect, it } from 'vitest';

import { imageId, type ImageRow } from '../../../src/shared/audit.js';
import { UsualShape } from '../../../src/renderer/state/usual-shape.svelte.js';

const row = (id: number, width: number | null, height: number | null): ImageRow =>
  ({ id: imageId(id), width, height }) as ImageRow;

describe('the usual shape', () => {
  it('is the median of the first pictures and then stays', () => {
    const shape = new UsualShape();
    expect(shape.aspect).toBe(1);
    shape.see([row(1, null, null)]);
    expect(shape.aspect).toBe(1);
    shape.see([row(1, 200, 100), row(2, 100, 200), row(3, 400, 300)]);
    expect(shape.aspect).toBeCloseTo(4 / 3);
    for (let again = 0; again < 24; again += 1) shape.see([row(1, 200, 100)]);
    expect(shape.aspect).toBeCloseTo(4 / 3);
    shape.see(Array.from({ length: 24 }, (_, at) => row(10 + at, 100, 200)));
    expect(shape.aspect).toBe(0.5);
    shape.see(Array.from({ length: 100 }, (_, at) => row(100 + at, 300, 100)));
    expect(shape.aspect).toBe(0.5);
    shape.clear();
    expect(shape.aspect).toBe(1);
  });
});
