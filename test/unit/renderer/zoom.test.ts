/** Zooming without a screen: what is held, where it ends, and what 1:1 is. */

import { describe, expect, it } from 'vitest';

import { ZoomState } from '../../../src/renderer/state/zoom.svelte.js';

/** A landscape picture in a square frame: whole it is 200 x 100. */
function zoomOf(density = 1): ZoomState {
  const zoom = new ZoomState();
  zoom.stage = { frame: { width: 200, height: 200 }, picture: { width: 400, height: 200 }, density };
  return zoom;
}

/** The point of the picture under a point of the frame, as shares. */
function under(zoom: ZoomState, x: number, y: number): number[] {
  const { left, top, width, height } = zoom.placed;
  return [(x - left) / width, (y - top) / height];
}

describe('zoom', () => {
  it('shows the whole picture in the middle of its frame', () => {
    expect(zoomOf().placed).toEqual({ left: 0, top: 50, width: 200, height: 100 });
    expect([zoomOf().magnification, zoomOf(2).magnification]).toEqual([0.5, 1]);
  });

  it('holds the point that it is asked to, from step to step', () => {
    const zoom = zoomOf();
    zoom.by(4);
    const before = under(zoom, 120, 90);
    for (let step = 0; step < 20; step += 1) zoom.by(1.02, { x: 120, y: 90 });
    const after = under(zoom, 120, 90);
    expect(after[0]).toBeCloseTo(before[0] ?? 0, 6);
    expect(after[1]).toBeCloseTo(before[1] ?? 0, 6);
  });

  it('grows also in the smallest steps', () => {
    const zoom = zoomOf();
    for (let step = 0; step < 100; step += 1) zoom.by(1.005);
    expect(zoom.placed.width).toBeCloseTo(200 * 1.005 ** 100, 3);
  });

  it('is not smaller than the whole nor larger than 8 screen pixels a pixel', () => {
    const zoom = zoomOf();
    expect(zoom.by(0.5)).toBe(false);
    zoom.by(1000);
    expect(zoom.magnification).toBe(8);
    for (let step = 0; step < 100; step += 1) zoom.smaller();
    expect(zoom.zoomed).toBe(false);
    expect(zoom.placed).toEqual({ left: 0, top: 50, width: 200, height: 100 });
  });

  it('shows a pixel a screen pixel at 1:1, also of pictures smaller than their frame', () => {
    const zoom = zoomOf();
    zoom.actual();
    expect([zoom.magnification, zoom.placed.width]).toEqual([1, 400]);
    const small = new ZoomState();
    small.stage = { frame: { width: 140, height: 140 }, picture: { width: 28, height: 28 }, density: 1 };
    small.actual();
    expect(small.placed).toEqual({ left: 56, top: 56, width: 28, height: 28 });
    small.larger();
    expect(small.placed.width).toBeCloseTo(42, 9);
  });

  it('moves no edge of the picture into the frame', () => {
    const zoom = zoomOf();
    expect(zoom.movable).toBe(false);
    zoom.by(4);
    expect(zoom.movable).toBe(true);
    zoom.move({ x: 10_000, y: 10_000 });
    expect(zoom.placed).toMatchObject({ left: 0, top: 0 });
    for (let step = 0; step < 20; step += 1) zoom.look({ x: 1, y: 1 });
    expect(zoom.placed.left + zoom.placed.width).toBeCloseTo(200, 6);
    expect(zoom.placed.top + zoom.placed.height).toBeCloseTo(200, 6);
  });

  it('does nothing while no picture is on screen', () => {
    const zoom = new ZoomState();
    zoom.larger();
    zoom.actual();
    zoom.look({ x: 1, y: 0 });
    expect([zoom.zoomed, zoom.placed.width]).toEqual([false, 0]);
  });
});
