/** What every key of the window does, by the ids of the key map. */

import { verdictKinds } from '../../shared/audit.js';
import type { GridMove } from '../../shared/grid.js';
import { nextKind } from './map-kinds.js';
import type { AppState } from './app-state.svelte.js';
import { zoomActions } from './zoom.svelte.js';

type Command = (bench: AppState) => void;

const moves: readonly GridMove[] = ['left', 'right', 'up', 'down', 'home', 'end', 'page-up', 'page-down'];
const smallestCell = 64;
const largestCell = 512;

/** Moves the selection: by rows and columns in the gallery, one by one where a single image is on screen. */
function go(bench: AppState, move: GridMove): void {
  const { gallery, inspector, view } = bench;
  // The list on screen is about to be another one.
  if (gallery.waiting) return;
  if (view === 'compare' || (view === 'gallery' && inspector.mode === 'full')) {
    if (move === 'left' || move === 'up') gallery.step(-1);
    else if (move === 'right' || move === 'down') gallery.step(1);
    else if (move === 'home') gallery.selectIndex(0);
    else if (move === 'end') gallery.selectIndex(gallery.count - 1);
  } else if (view === 'gallery') bench.moveBy(move);
}

/** Closes what lies on top. */
function close(bench: AppState): void {
  const { compare, inspector, picks, verdicts } = bench;
  if (bench.view === 'compare' && compare.picks.length > 0) {
    compare.clearPicks();
    return;
  }
  if (verdicts.correction !== null) verdicts.abandon();
  else if (bench.view !== 'gallery') bench.show('gallery');
  else if (inspector.mode === 'full') inspector.mode = 'side';
  else if (picks.ids.length > 0) picks.clear();
  bench.wishFocus('gallery');
}

function zoom(bench: AppState, factor: number): void {
  if (bench.view === 'compare') {
    bench.compare.zoom(factor);
    return;
  }
  const { settings } = bench;
  const cellSize = Math.round(settings.value.cellSize * factor);
  settings.change({ cellSize: Math.max(smallestCell, Math.min(cellSize, largestCell)) });
}

const verdicts: Readonly<Record<string, Command>> = Object.fromEntries(
  verdictKinds.map((kind, index) => [
    `verdict-${String(index + 1)}`,
    (bench: AppState) => void bench.verdicts.press(kind),
  ]),
);

const zooming: Readonly<Record<string, Command>> = Object.fromEntries(
  Object.entries(zoomActions).map(([id, act]) => [
    id,
    ({ inspector }: AppState) => {
      act(inspector.zoom);
    },
  ]),
);

const commands: Readonly<Record<string, Command>> = {
  ...verdicts,
  ...zooming,
  open: ({ view, gallery, inspector }) => {
    if (view !== 'gallery') return;
    if (gallery.selectedId === null) gallery.selectIndex(0);
    inspector.mode = inspector.mode === 'full' ? 'side' : 'full';
  },
  compare: (bench) => {
    bench.show(bench.view === 'compare' ? 'gallery' : 'compare');
    if (bench.view === 'gallery') bench.wishFocus('gallery');
  },
  pick: ({ view, gallery, picks }) => {
    if (view === 'gallery' && gallery.selectedId !== null) picks.toggle(gallery.selectedId);
  },
  'clear-verdict': (bench) => void bench.verdicts.clear(),
  undo: (bench) => void bench.verdicts.undo(),
  redo: (bench) => void bench.verdicts.redo(),
  note: (bench) => {
    if (bench.view !== 'gallery') return;
    if (bench.inspector.mode === 'closed') bench.inspector.mode = 'side';
    bench.wishFocus('note');
  },
  maps: ({ inspector }) => (inspector.mapsShown = !inspector.mapsShown),
  signed: ({ inspector }) => (inspector.kind = nextKind(inspector.kind)),
  smooth: ({ inspector }) => (inspector.smooth = !inspector.smooth),
  outline: ({ inspector }) => (inspector.outline = !inspector.outline),
  smaller: (bench) => {
    zoom(bench, 1 / 1.2);
  },
  larger: (bench) => {
    zoom(bench, 1.2);
  },
  inspector: ({ inspector }) => (inspector.mode = inspector.mode === 'closed' ? 'side' : 'closed'),
  filters: (bench) => {
    bench.view = 'gallery';
    const covered = bench.inspector.mode === 'full';
    if (covered) bench.inspector.mode = 'side';
    bench.filtersOpen = covered || !bench.filtersOpen;
    bench.wishFocus(bench.filtersOpen ? 'filters' : 'gallery');
  },
  search: (bench) => {
    bench.view = 'gallery';
    bench.wishFocus('search');
  },
  'clear-filters': ({ gallery }) => {
    gallery.setFilter([]);
  },
  help: (bench) => (bench.dialog = 'keys'),
  settings: (bench) => (bench.dialog = 'settings'),
  close,
};

/** Does what this id stands for; an unknown one does nothing. */
export function runCommand(bench: AppState, id: string): void {
  const move = moves.find((one) => one === id);
  if (move === undefined) commands[id]?.(bench);
  else go(bench, move);
}
