/** Answers the window's calls about the open project: its facts, the gallery, explanations, verdicts, jobs. */

import type { ImageId, MappingRow, ProjectSummary } from '../../shared/audit.js';
import type { ModelReport } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import type { VerdictOutcome } from '../../shared/ipc.js';
import type { WorkspaceCalls } from '../call-handlers.js';
import type { ProjectInfo } from '../project/project-info.js';
import { changeMapping, orderMapping } from './mapping.js';
import type { AuditSession, EventListener } from './session.js';

/** What the answers work on. */
export interface Desk {
  /** The open project's session. @throws AppError `NO_PROJECT`. */
  readonly session: () => AuditSession;
  readonly current: () => AuditSession | null;
  /** Makes changed settings take effect on the open project. */
  readonly settle: () => void;
  /** Predicts what is missing, once the dataset is listed. */
  readonly resume: (session: AuditSession) => Promise<void>;
  readonly openDemo: () => Promise<ProjectSummary>;
  readonly closeProject: () => Promise<void>;
  /** What the open project's model is. */
  readonly reportModel: () => Promise<ModelReport>;
  readonly tell: EventListener;
}

type Calls<Prefix extends string> = Pick<WorkspaceCalls, Extract<keyof WorkspaceCalls, `${Prefix}.${string}`>>;

/** Runs at once, but throws only through the promise. */
const answer = <T>(work: () => T): Promise<T> => Promise.resolve().then(work);

/** Changes the open project's mapping, and tells of everything that follows from it. */
function remap(desk: Desk, change: (info: ProjectInfo) => readonly MappingRow[]): ProjectSummary {
  const session = desk.session();
  session.project.setMapping(change(session.project.info));
  desk.tell('change', { images: 'all' });
  session.tellProject();
  return session.project.summary();
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
      const session = desk.session();
      await session.scan();
      await desk.resume(session);
      return session.project.summary();
    },
    'model.report': async () => desk.reportModel(),
    'confusion.get': () => answer(() => desk.session().project.confusion()),
  };
}

export function galleryCalls(desk: Desk): Calls<'gallery' | 'image' | 'explain'> {
  return {
    'gallery.query': ({ filter, sort }) =>
      answer(() => {
        const { project } = desk.session();
        return { ids: project.query(filter, sort), total: project.imageCount() };
      }),
    'gallery.facets': ({ filter }) => answer(() => desk.session().project.facets(filter)),
    'gallery.rows': ({ ids }) => answer(() => desk.session().project.rows(ids)),
    'image.detail': ({ id }) => answer(() => desk.session().project.detail(id)),
    'explain.get': async ({ id, classes }) => {
      desk.settle();
      return desk.session().explain(id, classes);
    },
    'explain.prefetch': ({ ids }) =>
      answer(() => {
        desk.session().prefetch(ids);
        return null;
      }),
  };
}

export function compareCalls(desk: Desk): Calls<'compare'> {
  return {
    'compare.methods': async () => desk.session().methods(),
    'compare.maps': async (wish) => {
      desk.settle();
      return desk.session().compare(wish);
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
      desk.settle();
      return desk.session().measureSpeed();
    },
    'speed.fidelity': async ({ precision }) => desk.session().measureFidelity(precision),
  };
}

export function verdictCalls(desk: Desk): Calls<'verdict'> {
  /** The journal holds the change before anyone hears of it. */
  const change = (work: (session: AuditSession) => VerdictOutcome): Promise<VerdictOutcome> =>
    answer(() => {
      desk.settle();
      const session = desk.session();
      const outcome = tellIfGone(session, work);
      const ids: readonly ImageId[] = outcome.changes.map(({ row }) => row.id);
      desk.tell('change', { images: ids });
      session.tellProject();
      return outcome;
    });
  /** What stands above the work changes with the first verdict that is refused. */
  const tellIfGone = (session: AuditSession, work: (session: AuditSession) => VerdictOutcome): VerdictOutcome => {
    try {
      return work(session);
    } catch (error) {
      if (error instanceof AppError && error.code === 'PROJECT_GONE') session.tellProject();
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
        desk.session().cancel(id);
        return null;
      }),
    'jobs.predict': () => answer(() => desk.session().predict()),
    'jobs.retry': () => answer(() => desk.session().retryUnreadable()),
    'jobs.explain': ({ count }) =>
      answer(() => {
        desk.settle();
        return desk.session().explainMost(count);
      }),
  };
}
