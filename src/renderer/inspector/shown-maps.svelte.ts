/** The maps of the image under inspection as its panels show them: which classes, on which scale, in which colours. */

import type { ClassIndex, ImageRow, SaliencyMap } from '../../shared/audit.js';
import { colourMap, colourSlice, diverging } from '../../shared/colormap.js';
import { type ValueRange, valueRange } from '../../shared/map-range.js';
import { mapKinds } from '../state/map-kinds.js';
import { commonRange, flatOnOne, type MapScale } from '../state/map-scale.js';
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
  readonly contrast: number;
  readonly samplingError: number;
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

  #shownValues(): ReadonlyMap<ClassIndex, Float32Array> {
    const kind = mapKinds[this.#workbench.inspector.kind];
    return new Map(
      this.#classes.flatMap((classIndex) => {
        const map = this.#maps.get(classIndex);
        return map === undefined ? [] : [[classIndex, kind.values(map)] as const];
      }),
    );
  }

  #ownRanges(): ReadonlyMap<ClassIndex, ValueRange> {
    const { signed } = mapKinds[this.#workbench.inspector.kind];
    return new Map(
      [...this.#values].map(([classIndex, values]) => [classIndex, valueRange([values], signed)] as const),
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
    const map = this.#maps.get(classIndex);
    const values = this.#values.get(classIndex);
    const own = this.#ranges.get(classIndex);
    const grid = this.#held.at(-1);
    if (map === undefined || values === undefined || own === undefined || grid === undefined) return null;
    const { inspector } = this.#workbench;
    const { gridWidth, gridHeight } = grid;
    const { scale, common } = this.#scale;
    const range = scale === 'one' && common !== null ? common : own;
    const factor = inspector.smooth ? Math.max(1, Math.round(smoothEdge / Math.max(gridWidth, gridHeight))) : 1;
    return {
      painted: paintMap(values, gridWidth, gridHeight, range, this.table, factor),
      gridWidth,
      gridHeight,
      outline: inspector.outline ? outlinePath(topPatches(values, outlined), gridWidth, gridHeight) : null,
      contrast: map.contrast,
      samplingError: map.samplingError,
      range: own,
      colours: colourSlice(this.table, range, own),
    };
  }
}
