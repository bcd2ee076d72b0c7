/** What a report format is: what people read of it, its file, what it needs, and how it is written. */

import type { ProjectSummary } from '../../shared/audit.js';
import type { ErrorData } from '../../shared/errors.js';
import type { ReportFormatWords } from '../../shared/report-formats.js';
import type { FindingCard } from './html-findings.js';
import type { ReportInput, ReportSources } from './report-input.js';

/** A report that is being written. */
export interface UnfinishedReport {
  /** The folder to write into; it takes its place when the report is whole. */
  readonly folder: string;
  readonly input: ReportInput;
  readonly sources: ReportSources;
  /** The findings with their pictures; none for a format that needs none. */
  readonly cards: readonly FindingCard[];
}

export interface ReportFormat {
  readonly id: string;
  /** Null for what every report holds without being asked. */
  readonly words: ReportFormatWords | null;
  /** Name of its file in the report's folder, of several the first. */
  readonly fileName: (audited: Pick<ProjectSummary, 'format'>) => string;
  /** Whether it needs the pictures of findings and their style sheet: while it is written, or for good. */
  readonly pictures: 'none' | 'while-written' | 'kept';
  /**
   * Writes its files; returns why it cannot be made, with nothing of it left behind, or null.
   * @throws AppError where the whole report cannot be written: `DISK_FULL`, `CANCELLED`.
   */
  write(report: UnfinishedReport): Promise<ErrorData | null>;
}
