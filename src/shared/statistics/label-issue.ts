/** The flag of confident learning: whether a label is among those that pruning by noise rate takes away (Northcutt et al. 2021). */

import { ClassThresholds, JointSums, LabelIssues } from './confident-joint.js';
import type { RelativeScore } from './score.js';

/** 1 for a label that is likely wrong, 0 for another. */
export const labelIssue: RelativeScore = {
  of: 'all images',
  begin: (classes) => {
    const thresholds = new ClassThresholds(classes);
    let joint: JointSums | undefined;
    let issues: LabelIssues | undefined;
    let ids: ReadonlySet<number> | undefined;
    return {
      passes: [
        (image) => {
          thresholds.add(image);
        },
        (image) => {
          joint ??= new JointSums(thresholds);
          joint.add(image);
        },
        (image) => {
          issues ??= new LabelIssues((joint ?? new JointSums(thresholds)).joint());
          issues.add(image);
        },
      ],
      value: ({ id }) => {
        ids ??= issues?.ids() ?? new Set();
        return ids.has(id) ? 1 : 0;
      },
    };
  },
};
