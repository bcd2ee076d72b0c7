/** The pointer's part of zooming: the wheel enlarges at the pointer, dragging moves, a double click shows the whole. */

import type { Point, ZoomState } from '../state/zoom.svelte.js';

/** Pixels of a wheel's line, and what a pixel enlarges by; a pinch comes as a wheel with the control key, in finer steps. */
const linePixels = 16;
const perPixel = { wheel: 0.002, pinch: 0.01 } as const;
/** Events of the wheel nearer than this, in milliseconds, are one gesture. */
const pause = 200;

function pointIn(frame: HTMLElement, event: MouseEvent): Point {
  const { left, top } = frame.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

/** Whether something around the element is scrolled down. */
function scrolledDown(element: HTMLElement): boolean {
  for (let around = element.parentElement; around !== null; around = around.parentElement) {
    if (around.scrollTop > 0) return true;
  }
  return false;
}

/**
 * Lets the pointer zoom from inside a frame. While the picture is seen whole, the wheel scrolls as elsewhere: down, and
 * back up until the page is at its top; what began as scrolling does not turn into zooming.
 */
export function zoomGestures(zoom: ZoomState): (frame: HTMLElement) => () => void {
  return (frame) => {
    let scrolledAt = -Infinity;
    let dragged: Point | null = null;

    function onwheel(event: WheelEvent): void {
      const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? linePixels : 1);
      const scrolls = event.timeStamp - scrolledAt < pause || pixels > 0 || scrolledDown(frame);
      if (!zoom.zoomed && !event.ctrlKey && scrolls) {
        scrolledAt = event.timeStamp;
        return;
      }
      event.preventDefault();
      zoom.by(Math.exp(-pixels * (event.ctrlKey ? perPixel.pinch : perPixel.wheel)), pointIn(frame, event));
    }

    function onpointerdown(event: PointerEvent): void {
      if (event.button !== 0 || !zoom.movable) return;
      frame.setPointerCapture(event.pointerId);
      dragged = { x: event.clientX, y: event.clientY };
    }

    function onpointermove(event: PointerEvent): void {
      if (dragged === null || !frame.hasPointerCapture(event.pointerId)) return;
      const [x, y] = [event.clientX, event.clientY];
      zoom.move({ x: x - dragged.x, y: y - dragged.y });
      dragged = { x, y };
    }

    function ondblclick(): void {
      zoom.whole();
    }

    // Svelte's own listeners of the wheel are passive: these keep the page from scrolling.
    frame.addEventListener('wheel', onwheel, { passive: false });
    frame.addEventListener('pointerdown', onpointerdown);
    frame.addEventListener('pointermove', onpointermove);
    frame.addEventListener('dblclick', ondblclick);
    return () => {
      frame.removeEventListener('wheel', onwheel);
      frame.removeEventListener('pointerdown', onpointerdown);
      frame.removeEventListener('pointermove', onpointermove);
      frame.removeEventListener('dblclick', ondblclick);
    };
  };
}
