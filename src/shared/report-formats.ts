/** What the window knows of a report format: main has the table of them and tells it with `app.info`. */

export interface ReportFormatWords {
  readonly name: string;
  /** What a report in it is, where formats are chosen. */
  readonly says: string;
  /** On the button that opens it; null for a format that is for programs. */
  readonly opens: string | null;
}

/** A format that a person may choose. */
export interface ReportFormatChoice extends ReportFormatWords {
  readonly id: string;
}
