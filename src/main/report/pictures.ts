/** Writes the pictures of findings beside the report: the image, what the model sees, and the maps. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClassIndex, SaliencyMap } from '../../shared/audit.js';
import { type ErrorData, toAppError } from '../../shared/errors.js';
import type { ExplanationRecord } from '../project/explanations.js';
import type { Finding } from '../project/project.js';
import { findingSentence } from './finding-sentence.js';
import { beyondError, contrastMap, type Evidence } from '../../shared/evidence.js';
import { valueRange } from '../../shared/map-range.js';
import type { ReadableNames } from '../../shared/readable-names.js';
import type { ContrastPanel, FindingCard, MapPanel, PictureFile } from './html-findings.js';
import { contrastPicture, mapPicture, scalesOf } from './map-picture.js';
import type { ReportSources } from './report-input.js';

/** Folder of pictures within the report. */
export const imageFolder = 'assets/images';
/** Maps of single classes, besides the contrast of label and prediction where there is one. */
const shownMaps = { alone: 3, besideContrast: 2 } as const;

/** The classes whose maps are shown: the label's, then the best of the model, without repetition. */
function shownClasses(finding: Finding, count: number): readonly ClassIndex[] {
  const { prediction } = finding.row;
  if (prediction === null) return [];
  const label = prediction.labelClass === null ? [] : [prediction.labelClass];
  return [...new Set([...label, ...prediction.top.map((entry) => entry.classIndex)])].slice(0, count);
}

/** What a map is of, in words. */
function roleOf(finding: Finding, classIndex: ClassIndex): string {
  const { prediction } = finding.row;
  const place = prediction?.top.findIndex((entry) => entry.classIndex === classIndex) ?? -1;
  const label = prediction?.labelClass === classIndex;
  if (place === 0) return label ? 'Label and prediction' : 'Prediction';
  if (label) return 'Label';
  return place === 1 ? 'Second' : place === 2 ? 'Third' : `Place ${String(place + 1)}`;
}

function mapsOf(finding: Finding, record: ExplanationRecord, count: number): SaliencyMap[] {
  return shownClasses(finding, count).flatMap((index) => record.maps.find((map) => map.classIndex === index) ?? []);
}

/** Writes pictures of findings, one finding at a time; what fails is noted and left out. */
export class PictureWriter {
  /** By image: of each only what was wrong first. */
  readonly #problems = new Map<number, ErrorData>();
  readonly #folder: string;
  readonly #sources: ReportSources;
  readonly #names: ReadableNames;

  constructor(folder: string, sources: ReportSources, names: ReadableNames) {
    this.#folder = folder;
    this.#names = names;
    this.#sources = sources;
  }

  get problems(): readonly ErrorData[] {
    return [...this.#problems.values()];
  }

  /** Writes the pictures of one finding and says where they are. */
  async write(finding: Finding, number: number): Promise<FindingCard> {
    const { row } = finding;
    const record = row.prediction === null ? null : await this.#sources.explanation(row.id);
    const photo = row.error === null ? await this.#picture(finding, 'thumb', number) : null;
    const model = record === null ? null : await this.#picture(finding, 'model', number);
    const contrast = record === null || model === null ? null : await this.#contrast(finding, record, number);
    const count = contrast === null ? shownMaps.alone : shownMaps.besideContrast;
    const maps = record === null || model === null ? [] : mapsOf(finding, record, count);
    const scales = scalesOf(maps);
    const panels: MapPanel[] = [];
    for (const [place, map] of maps.entries()) {
      const scale = scales[place];
      if (record === null || scale === undefined) break;
      const src = `${imageFolder}/${String(number)}-map-${String(map.classIndex)}.png`;
      await writeFile(join(this.#folder, src), mapPicture(map.kept, record, scale));
      const { classIndex, probability } = map;
      panels.push({ classIndex, probability, role: roleOf(finding, classIndex), src, scale });
    }
    return { number, row, sentence: findingSentence(finding, this.#names), photo, model, panels, contrast };
  }

  /** What speaks for the prediction rather than the label, where they differ and both have evidence. */
  async #contrast({ row }: Finding, record: ExplanationRecord, number: number): Promise<ContrastPanel | null> {
    const evidenceOf = (index: ClassIndex | null | undefined): Evidence | null =>
      record.maps.find((map) => map.classIndex === index)?.evidence ?? null;
    const [prediction, label] = [
      evidenceOf(row.prediction?.top[0]?.classIndex),
      evidenceOf(row.prediction?.labelClass),
    ];
    if (prediction === null || label === null || prediction === label) return null;
    const values = beyondError(contrastMap(prediction, label));
    const scale = valueRange([values], true);
    const src = `${imageFolder}/${String(number)}-contrast.png`;
    await writeFile(join(this.#folder, src), contrastPicture(values, record, scale));
    return { src, scale };
  }

  async #picture(finding: Finding, size: 'thumb' | 'model', number: number): Promise<PictureFile | null> {
    const name = size === 'thumb' ? 'image' : 'model';
    let picture;
    try {
      picture = await this.#sources.picture(finding.row.id, size);
    } catch (error) {
      const known = toAppError(error);
      if (known.code === 'CANCELLED') throw known;
      if (!this.#problems.has(finding.row.id)) this.#problems.set(finding.row.id, known.toData());
      return null;
    }
    const src = `${imageFolder}/${String(number)}-${name}.${picture.mime === 'image/png' ? 'png' : 'jpg'}`;
    await writeFile(join(this.#folder, src), picture.bytes);
    return { src, width: picture.width, height: picture.height };
  }
}
