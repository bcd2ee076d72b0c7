/** Takes the explanations of earlier versions, several classes in a row, over into the store of maps. */

import type { Evidence } from '../../shared/evidence.js';
import type { Progress } from '../../shared/progress.js';
import { float32Of, int32Of, uint16Of } from '../database/blob.js';
import type { SqliteFile } from '../database/sqlite.js';
import { type EvidenceColumns, evidenceRows } from './evidence-columns.js';
import { insertMap } from './map-store.js';
import { halvesRow } from './scaled-halves.js';

interface Row extends EvidenceColumns {
  readonly id: number;
  readonly sha256: Uint8Array;
  readonly model: number;
  readonly method: string;
  readonly parameters: string;
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

function takeOver(file: SqliteFile, row: Row): void {
  const { sha256, model, method, parameters, used, grid_width: width, grid_height: height, milliseconds } = row;
  const tokens = width * height;
  const classes = int32Of(row.classes);
  const [probabilities, scales, statistics] = [row.probabilities, row.scales, row.statistics].map(float32Of);
  const [kept, dropped] = [uint16Of(row.kept), uint16Of(row.dropped)];
  const initIndices = int32Of(row.init_indices);
  const scored = row.scored ?? initIndices.length;
  const evidence: readonly Evidence[] | null = evidenceRows(row, classes.length, tokens);
  for (const [place, classIndex] of classes.entries()) {
    const scale = scales?.[place] ?? 1;
    insertMap(file, [sha256, model, method, parameters, classIndex], used, {
      classIndex,
      width,
      height,
      values: halvesRow(kept, place, tokens, scale),
      milliseconds,
      cost: { forward: scored + 1, backward: 0 },
      masks: {
        probability: probabilities?.[place] ?? 0,
        dropped: halvesRow(dropped, place, tokens, scale),
        contrast: statistics?.[place * 3] ?? 0,
        samplingError: statistics?.[place * 3 + 1] ?? 0,
        splitHalfCorrelation: statistics?.[place * 3 + 2] ?? 0,
        evidence: evidence?.[place] ?? null,
        initIndices,
        scored,
      },
    });
  }
}

/** Goes through all explanations, one after the other. */
export function* toOneStore(file: SqliteFile): Generator<Progress, void> {
  const total = file.prepare<{ count: number }>('SELECT count(*) AS count FROM explanations').get()?.count ?? 0;
  const next = file.prepare<Row>('SELECT * FROM explanations WHERE id > ? ORDER BY id LIMIT 1');
  let done = 0;
  for (let row = next.get(-1); row !== undefined; row = next.get(row.id)) {
    takeOver(file, row);
    done += 1;
    yield { done, total };
  }
}
