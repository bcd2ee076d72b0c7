/** The maps of the image under inspection as its panels show them: which classes, on which scale, in which colours. */

import type { ClassIndex, ImageRow } from '../../shared/audit.js';
import { colourMap, colourSlice, diverging } from '../../shared/colormap.js';
import { commonRange, flatOnOne, type ValueRange } from '../../shared/map-range.js';
import { type MapKindFacts, mapKinds } from '../state/map-kinds.js';
import type { MapScale } from '../state/map-scale.js';
import type { AppState } from '../state/app-state.svelte.js';
import {
  contrastedWith,
  forClasses,
  type HeldMaps,
  mapsByClass,
  panelClasses,
  rangesByClass,
  shownByClass,
} from './class-maps.js';
import { outlinePath, paintMap, type PaintedMap, topPatches } from './saliency-image.js';

/** Pixels along the longer edge when smooth, about. */
const smoothEdge = 224;
/** Share of the patches that the outline goes around. */
const outlined = 0.2;

/** A painted map with what its panel tells. */
export interface PanelMap {
  readonly painted: PaintedMap;
  readonly gridWidth: number;
  readonly gridHeight: number;
  /** SVG path around the top patches; null when it is not wanted. */
  readonly outline: string | null;
  /** How much the map tells, and how sure that is, in the unit of its kind. */
  readonly figure: number;
  readonly error: number;
  /** The class that the map is in contrast to; null for a map of one class alone. */
  readonly against: ClassIndex | null;
  /** From its lowest to its highest value, about zero when signed. */
  readonly range: ValueRange;
  /** The colours from one end of {@link range} to the other. */
  readonly colours: Uint8Array;
}

/** What the legend says about the scale. */
export interface ScaleFacts {
  readonly scale: MapScale;
  /** The range that all maps share, or would; null without maps. */
  readonly common: ValueRange | null;
  /** The ranges of the maps, widest first. */
  readonly ranges: readonly ValueRange[];
  /** Maps that are, or would be, nearly of one colour on one scale. */
  readonly flat: number;
}

export class ShownMaps {
  readonly #app: AppState;
  readonly #row: () => ImageRow;

  readonly #held = $derived.by(() => this.#heldMaps());
  readonly #maps = $derived.by(() => mapsByClass(this.#held));
  readonly #classes = $derived.by(() => this.#chooseClasses());
  readonly #against = $derived.by(() => this.#chooseAgainst());
  readonly #shown = $derived.by(() => shownByClass(this.#classes, this.#maps, this.#kind, this.#against));
  readonly #ranges = $derived.by(() => rangesByClass(this.#shown, this.#kind));
  readonly #scale = $derived.by(() => this.#facts());
  readonly #painted = $derived.by(() => forClasses(this.#classes, (classIndex) => this.#paint(classIndex)));

  constructor(app: AppState, row: () => ImageRow) {
    this.#app = app;
    this.#row = row;
  }

  /** The classes that have a panel: the label's, the model's, those added; none where no map can come. */
  get classes(): readonly ClassIndex[] {
    return this.#classes;
  }
  get scale(): ScaleFacts {
    return this.#scale;
  }
  /** 256 RGB colours, low to high. */
  get table(): Uint8Array {
    const { settings } = this.#app;
    return this.#kind.signed ? diverging() : colourMap(settings.value.colourMap);
  }

  /** The class that the other maps are in contrast to. */
  get against(): ClassIndex | null {
    return this.#against;
  }
  /** Whether the maps at hand have no contrast, which was not known yet when they were made. */
  get withoutContrast(): boolean {
    return this.#kind.contrasts && this.#maps.size > 1 && this.#shown.size === 0;
  }

  map(classIndex: ClassIndex): PanelMap | null {
    return this.#painted.get(classIndex) ?? null;
  }

  /** What a class is to the image: 'Label', 'Top 1' ... */
  role(classIndex: ClassIndex): string {
    const { prediction } = this.#row();
    const rank = prediction?.top.findIndex((entry) => entry.classIndex === classIndex) ?? -1;
    if (classIndex === prediction?.labelClass) return rank === 0 ? 'Label, top 1' : 'Label';
    return rank < 0 ? 'Class' : `Top ${String(rank + 1)}`;
  }

  probability(classIndex: ClassIndex): number | null {
    const { prediction } = this.#row();
    if (classIndex === prediction?.labelClass) return prediction.labelProbability;
    const entry = prediction?.top.find((one) => one.classIndex === classIndex);
    return entry?.probability ?? this.#maps.get(classIndex)?.probability ?? null;
  }

  get #kind(): MapKindFacts {
    return mapKinds[this.#app.inspector.kind];
  }

  #chooseClasses(): readonly ClassIndex[] {
    const { inspector } = this.#app;
    const { error, prediction } = this.#row();
    const hopeless = error !== null || prediction === null || inspector.explanation.state === 'failed';
    return hopeless && this.#maps.size === 0 ? [] : panelClasses(prediction, inspector.panels, inspector.extra);
  }

  /** The class that the person chose, where it has a panel; else the label's, or the first. */
  #chooseAgainst(): ClassIndex | null {
    const wish = this.#app.inspector.against;
    if (wish !== null && this.#classes.includes(wish)) return wish;
    return this.#classes[0] ?? null;
  }

  /** Those of this image: the maps as they settle, until the explanation has theirs: also those of a class that it does not hold yet. */
  #heldMaps(): readonly HeldMaps[] {
    const { settling, explanation } = this.#app.inspector;
    const both = [settling, explanation.state === 'ready' ? explanation.value : null];
    return both.filter((one) => one?.imageId === this.#row().id).filter((one) => one !== null);
  }

  #facts(): ScaleFacts {
    const { inspector, settings } = this.#app;
    const ranges = [...this.#ranges.values()].sort((a, b) => b.high - b.low - (a.high - a.low));
    const wish = settings.value.mapScale;
    const settled = inspector.settling === null && ranges.length > 0;
    const against = this.#kind.contrasts ? this.#against : null;
    const automatic = inspector.scales.scale({ id: this.#row().id, kind: inspector.kind, against }, ranges, settled);
    return {
      scale: wish === 'auto' ? automatic : wish,
      common: commonRange(ranges),
      ranges,
      flat: flatOnOne(ranges),
    };
  }

  #paint(classIndex: ClassIndex): PanelMap | null {
    const shown = this.#shown.get(classIndex);
    const own = this.#ranges.get(classIndex);
    const grid = this.#held.at(-1);
    if (shown === undefined || own === undefined || grid === undefined) return null;
    const { inspector } = this.#app;
    const { values, figure, error } = shown;
    const { gridWidth, gridHeight } = grid;
    const { scale, common } = this.#scale;
    const range = scale === 'one' && common !== null ? common : own;
    const factor = inspector.smooth ? Math.max(1, Math.round(smoothEdge / Math.max(gridWidth, gridHeight))) : 1;
    return {
      painted: paintMap(values, gridWidth, gridHeight, range, this.table, factor),
      gridWidth,
      gridHeight,
      outline: inspector.outline ? outlinePath(topPatches(values, outlined), gridWidth, gridHeight) : null,
      figure,
      error,
      against: this.#kind.contrasts ? contrastedWith(classIndex, this.#classes, this.#against) : null,
      range: own,
      colours: colourSlice(this.table, range, own),
    };
  }
}
