/** What a person says about a dataset beside its place. */

export interface OpenOptions {
  /** A table of labels that lies elsewhere: `path,label[,split]` as CSV, TSV or JSON Lines. */
  readonly labelsFile?: string | undefined;
}
