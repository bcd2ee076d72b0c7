/** Saliency maps and disagreements of a project, cached by content, model, method and parameters. */

import type { ClassIndex, SaliencyMap, TisParameters } from '../../shared/audit.js';
import {
  type Disagreement,
  type DisagreementKind,
  disagreementKinds,
  type DisagreementMeasures,
} from '../../shared/disagreement.js';
import { tisParameterNames } from '../../shared/tis-parameters.js';
import type { ImageFacts } from '../engine/engine.js';
import { float32Of, hashOfBlob, hashToBlob, int32Of, toBlob, uint16Of } from '../database/blob.js';
import { type EvidenceColumns, evidenceColumns, evidenceRows } from './evidence-columns.js';
import { type MapCache, sizeOf } from './map-cache.js';
import { halvesBlob, halvesRow, scaleOf } from './scaled-halves.js';
import type { SqliteFile, SqlValue } from '../database/sqlite.js';

/** The maps of one image as they are kept; `kept` and `dropped` come back rounded to half precision. */
export interface ExplanationRecord {
  readonly gridWidth: number;
  readonly gridHeight: number;
  /** Any order and number of classes; every map has `gridWidth * gridHeight` values. */
  readonly maps: readonly SaliencyMap[];
  /** The key of the record: the settings as asked for, even where the model allows fewer masks. */
  readonly parameters: TisParameters;
  /** Rows of the data matrix that started the clusters, `[masks]`. */
  readonly initIndices: Int32Array;
  /** Masks that were scored. */
  readonly scored: number;
  readonly milliseconds: number;
  /** What reading the image told; needed only when the image has no prediction yet. */
  readonly facts: ImageFacts | null;
}

interface Row extends EvidenceColumns {
  readonly id: number;
  readonly used: number;
  readonly grid_width: number;
  readonly grid_height: number;
  readonly classes: Uint8Array;
  readonly probabilities: Uint8Array;
  readonly kept: Uint8Array;
  readonly dropped: Uint8Array;
  readonly scales: Uint8Array;
  readonly statistics: Uint8Array;
  readonly init_indices: Uint8Array;
  readonly scored: number | null;
  readonly milliseconds: number;
}

export const explanationSql = `
  SELECT id, used, grid_width, grid_height, classes, probabilities, kept, dropped, scales, statistics, init_indices,
    scored, milliseconds, evidence, evidence_scales, deviations, deviation_steps
  FROM explanations WHERE sha256 = ? AND model = ? AND method = 'tis' AND parameters = ?`;

export const sizeSql = `
  SELECT size FROM explanations WHERE sha256 = ? AND model = ? AND method = 'tis' AND parameters = ?`;

export const explainedSql = `
  SELECT sha256 FROM explanations WHERE model = ? AND method = 'tis' AND parameters = ? AND evidence IS NOT NULL`;

/** Parameters as the text that keys the cache. */
function parameterKey(parameters: TisParameters): string {
  // What is as published is not named, as before it could be otherwise.
  return tisParameterNames
    .filter((name) => parameters[name] !== undefined)
    .map((name) => `${name}=${String(parameters[name])}`)
    .join(';');
}

/** Whether maps made with the one are those of the other. */
export function sameParameters(a: TisParameters, b: TisParameters): boolean {
  return parameterKey(a) === parameterKey(b);
}

/** JSON has no NaN: a figure that is not a number is kept as null, and no measure is null otherwise but a place. */
function measuresOf(text: string): DisagreementMeasures {
  return JSON.parse(text, (key, value: unknown) =>
    value === null && key !== 'place' ? NaN : value,
  ) as DisagreementMeasures;
}

function mapsOf(row: Row): SaliencyMap[] {
  const tokens = row.grid_width * row.grid_height;
  const classes = int32Of(row.classes);
  const probabilities = float32Of(row.probabilities);
  const kept = uint16Of(row.kept);
  const dropped = uint16Of(row.dropped);
  const scales = float32Of(row.scales);
  const statistics = float32Of(row.statistics);
  const evidence = evidenceRows(row, classes.length, tokens);
  return Array.from(classes, (index, place) => ({
    classIndex: index as ClassIndex,
    probability: probabilities[place] ?? 0,
    kept: halvesRow(kept, place, tokens, scales[place] ?? 1),
    dropped: halvesRow(dropped, place, tokens, scales[place] ?? 1),
    contrast: statistics[place * 3] ?? 0,
    samplingError: statistics[place * 3 + 1] ?? 0,
    splitHalfCorrelation: statistics[place * 3 + 2] ?? 0,
    evidence: evidence?.[place] ?? null,
  }));
}

/** What a row holds of maps, in the order of the columns. */
function columnsOf({ maps, gridWidth, gridHeight, initIndices, scored, milliseconds }: ExplanationRecord): SqlValue[] {
  const tokens = gridWidth * gridHeight;
  const scales = maps.map((map) => scaleOf(map.kept, map.dropped));
  const evidence = evidenceColumns(maps.map((map) => map.evidence));
  const statistics = maps.flatMap((map) => [map.contrast, map.samplingError, map.splitHalfCorrelation]);
  const halves = (of: 'kept' | 'dropped'): Uint8Array =>
    halvesBlob(
      maps.map((map) => map[of]),
      scales,
      tokens,
    );
  return [
    gridWidth,
    gridHeight,
    toBlob(Int32Array.from(maps, (map) => map.classIndex)),
    toBlob(Float32Array.from(maps, (map) => map.probability)),
    halves('kept'),
    halves('dropped'),
    toBlob(Float32Array.from(scales)),
    toBlob(Float32Array.from(statistics)),
    toBlob(initIndices),
    scored,
    milliseconds,
    evidence.evidence,
    evidence.evidence_scales,
    evidence.deviations,
    evidence.deviation_steps,
  ];
}

/** Reads and writes maps and disagreements of the project's model. */
export class Explanations {
  readonly #audit: SqliteFile;
  readonly #model: number;
  readonly #cache: MapCache;

  constructor(audit: SqliteFile, model: number, cache: MapCache) {
    this.#audit = audit;
    this.#model = model;
    this.#cache = cache;
  }

  /** Keeps the maps of content `sha256`, in place of earlier ones under the same parameters. */
  save(sha256: string, record: ExplanationRecord): void {
    const key = [hashToBlob(sha256), this.#model, parameterKey(record.parameters)] as const;
    const columns = columnsOf(record);
    const size = sizeOf(columns);
    const before = this.#audit.prepare<{ size: number }>(sizeSql).get(...key);
    this.#audit
      .prepare<never>(
        `INSERT OR REPLACE INTO explanations (sha256, model, method, parameters, used, size, grid_width, grid_height, classes,
           probabilities, kept, dropped, scales, statistics, init_indices, scored, milliseconds, evidence, evidence_scales,
           deviations, deviation_steps)
         VALUES (?, ?, 'tis', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(...key, Date.now(), size, ...columns);
    this.#cache.wrote(size, before?.size);
  }

  /** The cached maps of content `sha256`, or null. */
  load(sha256: string, parameters: TisParameters): ExplanationRecord | null {
    const row = this.#audit.prepare<Row>(explanationSql).get(hashToBlob(sha256), this.#model, parameterKey(parameters));
    if (row === undefined) return null;
    this.#cache.used('explanations', row.id, row.used);
    return {
      gridWidth: row.grid_width,
      gridHeight: row.grid_height,
      maps: mapsOf(row),
      parameters,
      initIndices: int32Of(row.init_indices),
      scored: row.scored ?? int32Of(row.init_indices).length,
      milliseconds: row.milliseconds,
      facts: null,
    };
  }

  /** Contents whose maps under these parameters are cached, hexadecimal; those kept before there was evidence are to be made again. */
  explainedContents(parameters: TisParameters): ReadonlySet<string> {
    const rows = this.#audit.prepare<{ sha256: Uint8Array }>(explainedSql).all(this.#model, parameterKey(parameters));
    return new Set(rows.map(({ sha256 }) => hashOfBlob(sha256)));
  }

  /** Whether maps of this content under these parameters are cached, likewise. */
  isExplained(sha256: string, parameters: TisParameters): boolean {
    const found = this.#audit
      .prepare<{ sha256: Uint8Array }>(`${explainedSql} AND sha256 = ?`)
      .get(this.#model, parameterKey(parameters), hashToBlob(sha256));
    return found !== undefined;
  }

  /** Keeps how label and prediction of an image disagree; null takes it away. */
  setDisagreement(image: number, parameters: TisParameters, disagreement: Disagreement | null): void {
    const key = parameterKey(parameters);
    if (disagreement === null) {
      this.#audit
        .prepare<never>('DELETE FROM disagreements WHERE image = ? AND model = ? AND parameters = ?')
        .run(image, this.#model, key);
      return;
    }
    this.#audit
      .prepare<never>(
        'INSERT OR REPLACE INTO disagreements (image, model, parameters, kind, measures) VALUES (?, ?, ?, ?, ?)',
      )
      .run(image, this.#model, key, disagreement.kind, JSON.stringify(disagreement.measures));
  }

  disagreement(image: number, parameters: TisParameters): Disagreement | null {
    const row = this.#audit
      .prepare<{ kind: string; measures: string }>(
        'SELECT kind, measures FROM disagreements WHERE image = ? AND model = ? AND parameters = ?',
      )
      .get(image, this.#model, parameterKey(parameters));
    const kind = disagreementKinds.find((known) => known === row?.kind);
    return row === undefined || kind === undefined ? null : { kind, measures: measuresOf(row.measures) };
  }

  /** Kinds of all images with a disagreement under these parameters. */
  kinds(parameters: TisParameters): readonly (readonly [id: number, kind: DisagreementKind])[] {
    return this.#audit
      .prepareArrays<readonly [number, string]>(
        'SELECT image, kind FROM disagreements WHERE model = ? AND parameters = ?',
      )
      .all(this.#model, parameterKey(parameters))
      .map(([id, kind]) => [id, kind as DisagreementKind]);
  }

  /** Takes away what was said about images whose label changed its meaning; all parameters and models. */
  forgetDisagreements(ids: readonly number[]): void {
    this.#audit
      .prepare<never>('DELETE FROM disagreements WHERE image IN (SELECT value FROM json_each(?))')
      .run(JSON.stringify(ids));
  }

  /** The same for all images that `concerns` names. */
  forgetWhere(concerns: (image: number) => boolean): void {
    const images = this.#audit
      .prepareArrays<readonly [number]>('SELECT DISTINCT image FROM disagreements')
      .all()
      .map(([image]) => image);
    this.forgetDisagreements(images.filter(concerns));
  }
}
