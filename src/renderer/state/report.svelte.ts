/** The report to be written: its choices, the job that writes it, and opening the result. */

import type { Job, JobId } from '../../shared/audit.js';
import type { CallInput } from '../../shared/calls/calls.js';
import type { ReportFormatChoice } from '../../shared/report-formats.js';
import type { Client } from './client.js';
import type { Notices } from './notices.svelte.js';

export type ReportPlace = CallInput<'report.create'>['place'];

const usualName = 'report';

export class ReportState {
  readonly #client: Client;
  readonly #notices: Notices;
  #job = $state.raw<JobId | null>(null);
  #asking = $state(false);
  readonly #choices: () => readonly ReportFormatChoice[];
  #written = $state.raw<readonly string[]>([]);
  #requested: readonly string[] = [];

  /** Ids of the formats to be written. */
  formats = $state<string[]>(['html', 'csv']);
  place = $state<ReportPlace>('project');
  findings = $state(200);
  explain = $state(50);
  /** What stands over the report; null for the project's name. */
  title = $state<string | null>(null);
  /** Name of the report's folder. */
  name = $state(usualName);

  /** @param choices the formats that main can write, once they are known */
  constructor(client: Client, notices: Notices, choices: () => readonly ReportFormatChoice[]) {
    this.#client = client;
    this.#notices = notices;
    this.#choices = choices;
  }

  /** The formats to choose from. */
  get choices(): readonly ReportFormatChoice[] {
    return this.#choices();
  }

  /** The job that writes, or wrote last. */
  get job(): JobId | null {
    return this.#job;
  }
  get asking(): boolean {
    return this.#asking;
  }
  /** Formats of the last finished report; empty before one. */
  get written(): readonly ReportFormatChoice[] {
    return this.choices.filter(({ id }) => this.#written.includes(id));
  }

  toggle(format: string): void {
    const chosen = this.formats.includes(format)
      ? this.formats.filter((other) => other !== format)
      : [...this.formats, format];
    this.formats = this.choices.map(({ id }) => id).filter((id) => chosen.includes(id));
  }

  async create(): Promise<void> {
    if (this.formats.length === 0 || this.#asking) return;
    this.#asking = true;
    this.#requested = [...this.formats];
    try {
      const job = await this.#client.call('report.create', {
        formats: [...this.formats],
        place: this.place,
        name: this.name,
        title: this.title ?? undefined,
        findings: this.findings,
        explain: Math.min(this.explain, this.findings),
      });
      if (job === null) return;
      this.#job = job.id;
      this.follow(job);
    } catch (error) {
      this.#notices.fail(error);
    } finally {
      this.#asking = false;
    }
  }

  /** Watches for the end of the report's job. */
  follow(job: Job): void {
    if (job.kind !== 'report') return;
    this.#job = job.id;
    if (job.state !== 'done') return;
    this.#written = this.#requested;
    this.#notices.announce('Report written');
  }

  /** Opens a format of the last report; null for the folder of all. */
  async open(format: string | null): Promise<void> {
    try {
      await this.#client.call('report.open', { format });
    } catch (error) {
      this.#notices.fail(error);
    }
  }

  reset(): void {
    this.#job = null;
    this.#written = [];
    this.title = null;
    this.name = usualName;
  }
}
