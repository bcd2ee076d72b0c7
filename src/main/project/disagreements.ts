/** How label and prediction of images disagree by maps under some settings, of one model. */

import type { TisParameters } from '../../shared/audit.js';
import {
  type Disagreement,
  type DisagreementKind,
  disagreementKinds,
  type DisagreementMeasures,
} from '../../shared/disagreement.js';
import type { SqliteFile } from '../database/sqlite.js';
import { parameterKey } from './explanations.js';

/** JSON has no NaN: a figure that is not a number is kept as null, and no measure is null otherwise but a place. */
function measuresOf(text: string): DisagreementMeasures {
  return JSON.parse(text, (key, value: unknown) =>
    value === null && key !== 'place' ? NaN : value,
  ) as DisagreementMeasures;
}

export class Disagreements {
  readonly #audit: SqliteFile;
  readonly #model: number;

  constructor(audit: SqliteFile, model: number) {
    this.#audit = audit;
    this.#model = model;
  }

  /** Keeps how label and prediction of an image disagree; null takes it away. */
  set(image: number, parameters: TisParameters, disagreement: Disagreement | null): void {
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

  of(image: number, parameters: TisParameters): Disagreement | null {
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
  forget(ids: readonly number[]): void {
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
    this.forget(images.filter(concerns));
  }
}
