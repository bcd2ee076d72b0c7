/** Answers the window's calls about a new audit. */

import type { ProjectSummary } from '../../shared/audit.js';
import type { WorkspaceCalls } from '../call-handlers.js';
import type { NewAudit } from '../new-audit/new-audit.js';

/** What the answers work on. */
export interface NewAuditDesk {
  readonly newAudit: () => NewAudit;
  /** Puts an empty one in place. */
  readonly renew: () => void;
  /** Makes the project, opens it and starts predicting. */
  readonly start: () => Promise<ProjectSummary>;
}

type NewAuditCall = Extract<keyof WorkspaceCalls, `newAudit.${string}`>;

export function newAuditCalls({ newAudit, renew, start }: NewAuditDesk): Pick<WorkspaceCalls, NewAuditCall> {
  return {
    'newAudit.create': () => {
      renew();
      return Promise.resolve(newAudit().state());
    },
    'newAudit.discard': () => {
      renew();
      return Promise.resolve(null);
    },
    'newAudit.setFormat': async ({ format }) => {
      await newAudit().setFormat(format);
      return newAudit().state();
    },
    'newAudit.setPreprocessing': async ({ choice }) => {
      await newAudit().setPreprocessing(choice);
      return newAudit().state();
    },
    'newAudit.setClassNames': async ({ from }) => {
      await newAudit().setClassNames(from === 'imagenet' ? { kind: 'imagenet' } : null);
      return newAudit().state();
    },
    'newAudit.setModelValues': async ({ values }) => {
      await newAudit().setModelValues(values);
      return newAudit().state();
    },
    'newAudit.setMapping': ({ rows }) => {
      newAudit().setMapping(rows);
      return Promise.resolve(newAudit().state());
    },
    'newAudit.setClassOrder': ({ order }) =>
      Promise.resolve().then(() => {
        newAudit().setClassOrder(order);
        return newAudit().state();
      }),
    'newAudit.setName': ({ name }) => {
      newAudit().setName(name);
      return Promise.resolve(newAudit().state());
    },
    'newAudit.preview': () => newAudit().preview(),
    'newAudit.start': start,
  };
}
