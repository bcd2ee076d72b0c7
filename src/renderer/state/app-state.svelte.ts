/** Everything the window knows, put together: the states, and what connects them. */

import { fromErrorData } from '../../shared/errors.js';
import type { GridMove } from '../../shared/grid.js';
import type { Bridge } from '../../shared/bridge.js';
import { sameTisParameters } from '../../shared/tis-parameters.js';
import type { Filter } from '../../shared/query.js';
import { Client } from './client.js';
import { CompareState } from './compare.svelte.js';
import { ConfusionState } from './confusion.svelte.js';
import { ContactState } from './contact.svelte.js';
import { NewAuditForm } from './new-audit.svelte.js';
import { GalleryState } from './gallery.svelte.js';
import { InspectorState } from './inspector.svelte.js';
import { type Judged, judgedNow, type NothingJudged } from './judged.js';
import { JobsState } from './jobs.svelte.js';
import { KeptMapsState } from './kept-maps.svelte.js';
import { ModelInspectionState } from './model-inspection.svelte.js';
import { Notices } from './notices.svelte.js';
import { PicksState } from './picks.svelte.js';
import type { Pictures } from './pictures.svelte.js';
import { ProjectState } from './project.svelte.js';
import { ReportState } from './report.svelte.js';
import { RowStore } from './rows.svelte.js';
import { SettingsState } from './settings.svelte.js';
import { SpeedState } from './speed.svelte.js';
import { VerdictsState } from './verdicts.svelte.js';

export const views = ['gallery', 'confusion', 'compare', 'model', 'report'] as const;
export type View = (typeof views)[number];
export type OpenDialog = 'settings' | 'keys' | 'rename' | null;
/** Something the screen has to do once, because only it knows the elements. */
export interface Focus {
  readonly on: 'search' | 'filters' | 'note' | 'gallery' | 'mapping';
}

/** What only the gallery's present layout knows. */
export interface GalleryLayout {
  readonly move: (move: GridMove) => void;
  /** Whether the image at this place is scrolled into view. */
  readonly inView: (index: number) => boolean;
}

export class AppState {
  readonly client: Client;
  readonly pictures: Pictures;
  readonly notices = new Notices();
  readonly settings: SettingsState;
  readonly project: ProjectState;
  readonly rows: RowStore;
  readonly gallery: GalleryState;
  readonly picks: PicksState;
  readonly inspector: InspectorState;
  readonly compare: CompareState;
  readonly contact: ContactState;
  readonly verdicts: VerdictsState;
  readonly jobs: JobsState;
  readonly newAudit: NewAuditForm;
  readonly confusion: ConfusionState;
  readonly report: ReportState;
  readonly modelInspection: ModelInspectionState;
  readonly speed: SpeedState;
  readonly keptMaps: KeptMapsState;

  view = $state<View>('gallery');
  dialog = $state<OpenDialog>(null);
  filtersOpen = $state(true);
  /** The theme in force, for what is painted rather than styled. */
  dark = $state(true);
  /** False until the first answers came: nothing is shown before, so that nothing jumps. */
  started = $state(false);
  #focus = $state.raw<Focus | null>(null);
  #layout: GalleryLayout | null = null;

  constructor(bridge: Bridge, pictures: Pictures) {
    this.client = new Client(bridge);
    this.pictures = pictures;
    this.settings = new SettingsState(this.client, this.notices);
    this.project = new ProjectState(this.client, this.notices);
    this.rows = new RowStore(this.client, this.notices);
    this.gallery = new GalleryState(this.client, () => this.rows.fetched());
    this.picks = new PicksState(this.gallery, this.notices);
    this.inspector = new InspectorState(this.client, (count) => this.gallery.ahead(count));
    this.compare = new CompareState(this.client, this.notices, this.settings);
    this.contact = new ContactState(this.client, this.notices, this.compare, this.picks);
    const { client, notices, settings, project, gallery, rows, picks } = this;
    const judged = (): Judged | NothingJudged => this.judged;
    const asks = ({ picked }: Judged): void => {
      // The field for the right label is in the inspector; for picked images it is in their bar.
      if (!picked && this.inspector.mode === 'closed') this.inspector.mode = 'side';
    };
    this.verdicts = new VerdictsState({ client, notices, settings, project, gallery, rows, picks, judged, asks });
    gallery.onSelect(() => {
      this.verdicts.moved();
    });
    this.jobs = new JobsState(this.client, this.notices);
    this.newAudit = new NewAuditForm(this.client, () => {
      this.pictures.renew();
    });
    this.confusion = new ConfusionState(this.client, this.project);
    this.report = new ReportState(this.client, this.notices, () => this.project.info?.reportFormats ?? []);
    this.modelInspection = new ModelInspectionState(this.client);
    this.speed = new SpeedState(this.client);
    this.keptMaps = new KeptMapsState(this.client);
  }

  /** What is to be focused now; a new object for each wish. */
  get focus(): Focus | null {
    return this.#focus;
  }

  /** Subscribes to events and loads the first screen; the returned function unsubscribes. */
  start(): () => void {
    const subscriptions = [
      this.client.on('job', (job) => {
        this.jobs.put(job);
        this.report.follow(job);
        this.contact.follow(job);
        if (job.state === 'done' && (job.kind === 'predict' || job.kind === 'scan')) this.#lookAgain();
        if (job.kind === 'predict' && job.state === 'done') void this.#arrive();
      }),
      this.client.on('change', ({ images }) => {
        this.rows.invalidate(images);
        this.pictures.retry(images);
        this.inspector.refresh(images);
        this.gallery.touch();
        if (this.view === 'confusion') this.confusion.touch();
      }),
      this.client.on('contents', ({ images }) => {
        this.pictures.replaced(images);
        this.inspector.forget(images);
        this.compare.forget();
      }),
      this.client.on('project', (summary) => {
        this.setProject(summary);
        this.keptMaps.touch();
      }),
      this.client.on('figures', (figures) => {
        this.project.follow(figures);
        this.keptMaps.touch();
      }),
      this.client.on('opening', (reshaping) => {
        this.project.reshape(reshaping);
      }),
      this.client.on('settling', (maps) => {
        this.inspector.follow(maps);
      }),
      this.client.on('mapProgress', (progress) => {
        this.compare.queue.follow(progress);
      }),
      this.client.on('notice', (error) => {
        if (error.code === 'DATASET_CHANGED') this.notices.tell(error.message, error.hint);
        else this.notices.fail(fromErrorData(error));
        if (error.code === 'PROVIDER_UNAVAILABLE') void this.#refreshInfo();
      }),
    ];
    void this.#load();
    return () => {
      for (const unsubscribe of subscriptions) unsubscribe();
    };
  }

  /** Takes a project from a call or an event; another one starts all views over. */
  setProject(summary: Parameters<ProjectState['set']>[0]): void {
    const before = this.project.summary;
    const other = this.project.set(summary);
    if (!other) {
      if (summary !== null && before !== null && explainsAnew(before, summary)) {
        this.inspector.forget();
        this.compare.forget();
      }
      return;
    }
    this.pictures.renew();
    this.gallery.reset();
    this.rows.clear();
    this.inspector.reset();
    this.picks.clear();
    this.contact.close();
    this.compare.reset();
    this.verdicts.reset();
    this.confusion.reset();
    this.report.reset();
    this.modelInspection.reset();
    this.speed.reset();
    this.view = 'gallery';
    if (summary === null) return;
    void this.verdicts.load();
    void this.#arrive();
  }

  /** Writes the project to a folder that the person chooses, and goes on there. */
  async saveCopy(): Promise<void> {
    const copy = await this.project.saveCopy();
    if (copy === null) return;
    this.setProject(copy);
    this.notices.say('The copy is open');
  }

  show(view: View): void {
    this.view = view;
    this.#focus = null;
    if (view === 'confusion') void this.confusion.load();
  }

  /** Goes to the gallery, with nothing but what this filter lets through. */
  showOnly(filter: Filter): void {
    this.gallery.setFilter(filter);
    this.show('gallery');
    this.wishFocus('gallery');
  }

  /** The gallery says how it is laid out now; null when it is not there. */
  layOut(layout: GalleryLayout | null): void {
    this.#layout = layout;
  }

  /** What a verdict would be about now. */
  get judged(): Judged | NothingJudged {
    const { view, gallery, inspector, picks } = this;
    return judgedNow({ view, gallery, inspector, picks, inView: (index) => this.#layout?.inView(index) ?? false });
  }

  /** Shows where labels get their classes. */
  showMapping(): void {
    this.show('model');
    this.wishFocus('mapping');
  }

  wishFocus(on: Focus['on']): void {
    this.#focus = { on };
  }

  /** Moves the selection as the gallery is laid out now. */
  moveBy(move: GridMove): void {
    this.#layout?.move(move);
  }

  async #load(): Promise<void> {
    try {
      const [summary] = await Promise.all([
        this.client.call('project.current', undefined),
        this.settings.load(),
        this.project.loadStart(),
        this.jobs.load(),
      ]);
      if (summary !== null) this.setProject(summary);
    } catch (error) {
      this.notices.fail(error);
    }
    this.started = true;
  }

  /** The dataset was read to its end: what could not be shown before may be there again. */
  #lookAgain(): void {
    this.pictures.retry('all');
    this.inspector.refresh('all');
  }

  /**
   * First look at a project, and the end of its prediction: the most suspicious image is selected, so that there is
   * something to see. While images are being predicted nothing is: what is first then is first by chance.
   */
  async #arrive(): Promise<void> {
    await this.gallery.reload();
    const counts = this.project.counts;
    const complete = counts !== null && counts.images > 0 && counts.predicted + counts.unreadable >= counts.images;
    if (this.gallery.selectedId === null && complete) this.gallery.selectIndex(0);
    await this.#refreshInfo();
  }

  #refreshInfo(): Promise<void> {
    return this.project.refreshInfo().catch((error: unknown) => {
      this.notices.fail(error);
    });
  }
}

function explainsAnew(
  before: NonNullable<ProjectState['summary']>,
  after: NonNullable<ProjectState['summary']>,
): boolean {
  return (
    !sameTisParameters(before.tis, after.tis) ||
    before.mapping.some((row, index) => row.classIndex !== after.mapping[index]?.classIndex)
  );
}
