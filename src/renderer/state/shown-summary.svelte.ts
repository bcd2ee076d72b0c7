/** A project's summary whose figures move: what only reads names, labels or the mapping hears nothing of that. */

import type { ProjectFigures, ProjectSummary } from '../../shared/audit.js';

export interface ShownSummary {
  readonly summary: ProjectSummary;
  /** Takes figures as they are now. */
  readonly follow: (figures: ProjectFigures) => void;
}

export function shownSummary(told: ProjectSummary): ShownSummary {
  let figures = $state.raw<ProjectFigures>(told);
  return {
    summary: {
      ...told,
      get counts() {
        return figures.counts;
      },
      get splits() {
        return figures.splits;
      },
      get doubts() {
        return figures.doubts;
      },
      get predictionCancelled() {
        return figures.predictionCancelled;
      },
      get access() {
        return figures.access;
      },
    },
    follow: (now) => {
      figures = now;
    },
  };
}
