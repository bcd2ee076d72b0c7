/** Answers the window's calls about the open project: its facts, the gallery, explanations, verdicts, jobs. */

import type { ImageId, MappingRow, ProjectSummary } from '../../shared/audit.js';
import type { ModelInspection } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import type { VerdictOutcome } from '../../shared/ipc.js';
import type { WorkspaceCalls } from '../call-handlers.js';
import type { ProjectInfo } from '../project/project-info.js';
import { changeMapping, orderMapping } from '../mapping/mapping.js';
import type { OpenAudit, EventListener } from './open-audit.js';

/** What the answers work on. */
export interface Desk {
  /** The open project at work. @throws AppError `NO_PROJECT`. */
  readonly audit: () => OpenAudit;
  readonly current: () => OpenAudit | null;
  /** Makes changed settings take effect on the open project. */
  readonly applySettings: () => void;
  /** Predicts what is missing, once the dataset is listed. */
  readonly resume: (audit: OpenAudit) => Promise<void>;
  readonly openDemo: () => Promise<ProjectSummary>;
  readonly closeProject: () => Promise<void>;
  /** What the open project's model is. */
  readonly reportModel: () => Promise<ModelInspection>;
  readonly tell: EventListener;
}

type Calls<Prefix extends string> = Pick<WorkspaceCalls, Extract<keyof WorkspaceCalls, `${Prefix}.${string}`>>;

/** Runs at once, but throws only through the promise. */
const answer = <T>(work: () => T): Promise<T> => Promise.resolve().then(work);

/** Changes the open project's mapping, and tells of everything that follows from it. */
function remap(desk: Desk, change: (info: ProjectInfo) => readonly MappingRow[]): ProjectSummary {
  const audit = desk.audit();
  audit.project.setMapping(change(audit.project.info));
  audit.bringScoresUpToDate();
  desk.tell('change', { images: 'all' });
  audit.tellProject();
  return audit.project.summary();
}

export function projectCalls(desk: Desk): Calls<'project' | 'confusion' | 'model'> {
  return {
    'project.openDemo': () => desk.openDemo(),
    'project.close': async () => {
      await desk.closeProject();
      return null;
    },
    'project.current': () => answer(() => desk.current()?.project.summary() ?? null),
    'project.setMapping': ({ rows }) => answer(() => remap(desk, ({ mapping }) => changeMapping(mapping, rows))),
    'project.setClassOrder': ({ order }) =>
      answer(() => remap(desk, ({ mapping, model }) => orderMapping(mapping, model, order))),
    'project.rescan': async () => {
      const audit = desk.audit();
      await audit.scan();
      await desk.resume(audit);
      return audit.project.summary();
    },
    'model.inspect': async () => desk.reportModel(),
    'confusion.get': () => answer(() => desk.audit().project.confusion()),
  };
}

export function galleryCalls(desk: Desk): Calls<'gallery' | 'image' | 'explain'> {
  return {
    'gallery.query': ({ filter, order }) =>
      answer(() => {
        const { project } = desk.audit();
        return { ids: project.query(filter, order), total: project.imageCount() };
      }),
    'gallery.facets': ({ filter, columns }) => answer(() => desk.audit().project.facets(filter, columns)),
    'gallery.rows': ({ ids }) => answer(() => desk.audit().project.rows(ids)),
    'image.detail': ({ id }) => answer(() => desk.audit().project.detail(id)),
    'explain.get': async ({ id, classes }) => {
      desk.applySettings();
      return desk.audit().explain(id, classes);
    },
    'explain.prefetch': ({ ids }) =>
      answer(() => {
        desk.audit().prefetch(ids);
        return null;
      }),
  };
}

export function compareCalls(desk: Desk): Calls<'compare'> {
  return {
    'compare.methods': async () => desk.audit().methods(),
    'compare.maps': async (wish) => {
      desk.applySettings();
      return desk.audit().compare(wish);
    },
    'compare.cancel': () =>
      answer(() => {
        desk.current()?.cancelCompare();
        return null;
      }),
  };
}

export function speedCalls(desk: Desk): Calls<'speed'> {
  return {
    'speed.measure': async () => {
      desk.applySettings();
      return desk.audit().measureSpeed();
    },
    'speed.fidelity': async ({ precision }) => desk.audit().measureFidelity(precision),
  };
}

export function verdictCalls(desk: Desk): Calls<'verdict'> {
  /** The journal holds the change before anyone hears of it. */
  const change = (work: (audit: OpenAudit) => VerdictOutcome): Promise<VerdictOutcome> =>
    answer(() => {
      desk.applySettings();
      const audit = desk.audit();
      const outcome = tellIfGone(audit, work);
      const ids: readonly ImageId[] = outcome.changes.map(({ row }) => row.id);
      desk.tell('change', { images: ids });
      audit.tellProject();
      return outcome;
    });
  /** What stands above the work changes with the first verdict that is refused. */
  const tellIfGone = (audit: OpenAudit, work: (audit: OpenAudit) => VerdictOutcome): VerdictOutcome => {
    try {
      return work(audit);
    } catch (error) {
      if (error instanceof AppError && error.code === 'PROJECT_GONE') audit.tellProject();
      throw error;
    }
  };
  return {
    'verdict.give': ({ ids, verdict }) => change(({ project }) => project.give(ids, verdict)),
    'verdict.clear': ({ ids }) => change(({ project }) => project.clear(ids)),
    'verdict.undo': () => change(({ project }) => project.undo()),
    'verdict.redo': () => change(({ project }) => project.redo()),
  };
}

export function jobCalls(desk: Desk): Calls<'jobs'> {
  return {
    'jobs.list': () => answer(() => desk.current()?.jobs.list() ?? []),
    'jobs.cancel': ({ id }) =>
      answer(() => {
        desk.audit().cancel(id);
        return null;
      }),
    'jobs.predict': () => answer(() => desk.audit().predict()),
    'jobs.retry': () => answer(() => desk.audit().retryUnreadable()),
    'jobs.explain': ({ count }) =>
      answer(() => {
        desk.applySettings();
        return desk.audit().explainMost(count);
      }),
  };
}
