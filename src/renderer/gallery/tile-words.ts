/** What a tile says of its image: label, prediction and verdict, in the caption and in a sentence. */

import { type ImageRow, verdictStateNames } from '../../shared/audit.js';
import { percent } from '../../shared/figures.js';
import { verdictState } from '../../shared/verdict-state.js';
import type { ProjectState } from '../state/project.svelte.js';

/** The label as it was given and as a verdict made it. */
export interface TileLabel {
  /** As given, where it is right or not judged; null where others stand in its place. */
  readonly standing: string | null;
  /** As given, where a verdict found it wrong. */
  readonly struck: string | null;
  /** What a verdict says the image is. */
  readonly corrected: readonly string[];
}

/** What the caption shows for the label of an image. */
export function tileLabel(row: ImageRow, project: ProjectState): TileLabel {
  const given = project.labelName(row.label);
  const stored = row.verdict?.correctedLabels ?? [];
  if (stored.length === 0) return { standing: given, struck: null, corrected: [] };
  const corrected = stored.map((label) => project.correctionName(label));
  return { standing: null, struck: corrected.includes(given) || row.label === null ? null : given, corrected };
}

/** Everything about the image in one sentence, for those who hover or listen. */
export function tileSentence(row: ImageRow, project: ProjectState, picked: boolean): string {
  const top = row.prediction?.top[0];
  const said =
    top !== undefined
      ? `predicted ${project.className(top.classIndex)} at ${percent(top.probability)}`
      : row.error === null
        ? 'not predicted yet'
        : `cannot be read: ${row.error}`;
  const { corrected } = tileLabel(row, project);
  const labels = corrected.length === 0 ? '' : ` (${corrected.join(', ')})`;
  const state = verdictState(row);
  const given = state === null ? '' : `, verdict: ${verdictStateNames[state]}${labels}`;
  const maps = row.explained ? ', with maps' : '';
  return `${row.file}: label ${project.labelName(row.label)}, ${said}${maps}${given}${picked ? ', picked' : ''}`;
}
