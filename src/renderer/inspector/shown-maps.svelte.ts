/** The maps of the image under inspection as its panels show them: which classes, on which scale, in which colours. */

import type { ClassIndex, ImageRow, SaliencyMap } from '../../shared/audit.js';
import { colourMap, colourSlice, diverging } from '../../shared/colormap.js';
import { commonRange, flatOnOne, type ValueRange, valueRange } from '../../shared/map-range.js';
import { mapKinds, type ShownMap } from '../state/map-kinds.js';
import type { MapScale } from '../state/map-scale.js';
import type { Workbench } from '../state/workbench.svelte.js';
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
  readonly #workbench: Workbench;
  readonly #row: () => ImageRow;

  readonly #labelClass = $derived.by(() => this.#row().prediction?.labelClass ?? null);
  readonly #ranked = $derived.by(() => this.#row().prediction?.top.map((entry) => entry.classIndex) ?? []);
  readonly #classes = $derived.by(() => this.#chooseClasses());
  readonly #held = $derived.by(() => this.#heldMaps());
  readonly #maps = $derived.by(
    () => new Map(this.#held.flatMap((one) => one.maps.map((map) => [map.classIndex, map] as const))),
  );
  readonly #against = $derived.by(() => this.#chooseAgainst());
  readonly #values = $derived.by(() => this.#shownValues());
  readonly #ranges = $derived.by(() => this.#ownRanges());
  readonly #scale = $derived.by(() => this.#facts());
  readonly #painted = $derived.by(
    () => new Map(this.#classes.map((classIndex) => [classIndex, this.#paint(classIndex)] as const)),
  );

  constructor(workbench: Workbench, row: () => ImageRow) {
    this.#workbench = workbench;
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
    const { inspector, settings } = this.#workbench;
    return mapKinds[inspector.kind].signed ? diverging() : colourMap(settings.value.colourMap);
  }

  /** The class that the other maps are in contrast to. */
  get against(): ClassIndex | null {
    return this.#against;
  }
  /** Whether the maps at hand have no contrast, which was not known yet when they were made. */
  get withoutContrast(): boolean {
    return mapKinds[this.#workbench.inspector.kind].contrasts && this.#maps.size > 1 && this.#values.size === 0;
  }

  map(classIndex: ClassIndex): PanelMap | null {
    return this.#painted.get(classIndex) ?? null;
  }

  /** What a class is to the image: 'Label', 'Top 1' ... */
  role(classIndex: ClassIndex): string {
    const rank = this.#ranked.indexOf(classIndex);
    const place = rank < 0 ? '' : `Top ${String(rank + 1)}`;
    if (classIndex !== this.#labelClass) return place === '' ? 'Class' : place;
    return rank === 0 ? 'Label, top 1' : 'Label';
  }

  probability(classIndex: ClassIndex): number | null {
    const { prediction } = this.#row();
    if (classIndex === this.#labelClass) return prediction?.labelProbability ?? null;
    const entry = prediction?.top.find((one) => one.classIndex === classIndex);
    return entry?.probability ?? this.#maps.get(classIndex)?.probability ?? null;
  }

  #chooseClasses(): readonly ClassIndex[] {
    const { inspector } = this.#workbench;
    const { error, prediction } = this.#row();
    const hopeless = error !== null || prediction === null || inspector.explanation.state === 'failed';
    if (hopeless && this.#maps.size === 0) return [];
    const known = new Set([...(this.#labelClass === null ? [] : [this.#labelClass]), ...this.#ranked]);
    return [...new Set([...[...known].slice(0, inspector.panels), ...inspector.extra])];
  }

  /** Those of this image: the maps as they settle, until the explanation has theirs: also those of a class that it does not hold yet. */
  #heldMaps(): readonly { gridWidth: number; gridHeight: number; maps: readonly SaliencyMap[] }[] {
    const { settling, explanation } = this.#workbench.inspector;
    const both = [settling, explanation.state === 'ready' ? explanation.value : null];
    return both.filter((one) => one?.imageId === this.#row().id).filter((one) => one !== null);
  }

  /** The class that the person chose, where it has a panel; else the label's, or the first. */
  #chooseAgainst(): ClassIndex | null {
    const wish = this.#workbench.inspector.against;
    if (wish !== null && this.#classes.includes(wish)) return wish;
    return this.#classes[0] ?? null;
  }

  /** What the map of a class is in contrast to: of that class itself, the first of the others. */
  #rival(classIndex: ClassIndex): ClassIndex | null {
    if (classIndex !== this.#against) return this.#against;
    return this.#classes.find((other) => other !== classIndex) ?? null;
  }

  #shownValues(): ReadonlyMap<ClassIndex, ShownMap> {
    const kind = mapKinds[this.#workbench.inspector.kind];
    return new Map(
      this.#classes.flatMap((classIndex) => {
        const map = this.#maps.get(classIndex);
        const rival = this.#rival(classIndex);
        const shown = map && kind.show(map, rival === null ? null : (this.#maps.get(rival) ?? null));
        return shown ? [[classIndex, shown] as const] : [];
      }),
    );
  }

  #ownRanges(): ReadonlyMap<ClassIndex, ValueRange> {
    const { signed } = mapKinds[this.#workbench.inspector.kind];
    return new Map(
      [...this.#values].map(([classIndex, { values }]) => [classIndex, valueRange([values], signed)] as const),
    );
  }

  #facts(): ScaleFacts {
    const { inspector, settings } = this.#workbench;
    const ranges = [...this.#ranges.values()].sort((a, b) => b.high - b.low - (a.high - a.low));
    const wish = settings.value.mapScale;
    const settled = inspector.settling === null && ranges.length > 0;
    const automatic = inspector.scales.scale(this.#row().id, inspector.kind, ranges, settled);
    return {
      scale: wish === 'auto' ? automatic : wish,
      common: commonRange(ranges),
      ranges,
      flat: flatOnOne(ranges),
    };
  }

  #paint(classIndex: ClassIndex): PanelMap | null {
    const shown = this.#values.get(classIndex);
    const own = this.#ranges.get(classIndex);
    const grid = this.#held.at(-1);
    if (shown === undefined || own === undefined || grid === undefined) return null;
    const { inspector } = this.#workbench;
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
      against: mapKinds[inspector.kind].contrasts ? this.#rival(classIndex) : null,
      range: own,
      colours: colourSlice(this.table, range, own),
    };
  }
}
