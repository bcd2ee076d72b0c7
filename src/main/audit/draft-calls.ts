/** Answers the window's calls about a new audit. */

import type { ProjectSummary } from '../../shared/audit.js';
import type { WorkspaceCalls } from '../call-handlers.js';
import type { DraftAudit } from './draft.js';

/** What the answers work on. */
export interface DraftDesk {
  readonly draft: () => DraftAudit;
  /** Puts an empty draft in place. */
  readonly renew: () => void;
  /** Makes the project, opens it and starts predicting. */
  readonly start: () => Promise<ProjectSummary>;
}

type DraftCall = Extract<keyof WorkspaceCalls, `draft.${string}`>;

export function draftCalls({ draft, renew, start }: DraftDesk): Pick<WorkspaceCalls, DraftCall> {
  return {
    'draft.create': () => {
      renew();
      return Promise.resolve(draft().state());
    },
    'draft.discard': () => {
      renew();
      return Promise.resolve(null);
    },
    'draft.setFormat': async ({ format }) => {
      await draft().setFormat(format);
      return draft().state();
    },
    'draft.setPreprocessing': async ({ choice }) => {
      await draft().setPreprocessing(choice);
      return draft().state();
    },
    'draft.setClassNames': async ({ from }) => {
      await draft().setClassNames(from === 'imagenet' ? { kind: 'imagenet' } : null);
      return draft().state();
    },
    'draft.setModelValues': async ({ values }) => {
      await draft().setModelValues(values);
      return draft().state();
    },
    'draft.setMapping': ({ rows }) => {
      draft().setMapping(rows);
      return Promise.resolve(draft().state());
    },
    'draft.setClassOrder': ({ order }) =>
      Promise.resolve().then(() => {
        draft().setClassOrder(order);
        return draft().state();
      }),
    'draft.setName': ({ name }) => {
      draft().setName(name);
      return Promise.resolve(draft().state());
    },
    'draft.preview': () => draft().preview(),
    'draft.start': start,
  };
}
