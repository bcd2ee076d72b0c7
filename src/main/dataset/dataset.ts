/** What a dataset is to the rest of Hognose: a list of labels and a stream of images, whatever its layout on disk. */

/** Where the bytes of one image lie. */
export interface ImageSource {
  /** Absolute path of the image file, or of the container file. */
  readonly path: string;
  /** Position inside a container file (IDX); absent for an image file. */
  readonly member?: number | undefined;
}

/** One image as the dataset lists it; nothing of the image itself has been read. */
export interface DatasetImage {
  /** Unique within the dataset: the path relative to it with `/`, or `container#index`. */
  readonly file: string;
  readonly source: ImageSource;
  /** Name of the label; null when the dataset gives none. */
  readonly label: string | null;
  readonly split: string | null;
}

/** An image of a listing with the stamp of its file (`file-stamp.ts`); null when that cannot be looked at. */
export interface StampedImage extends DatasetImage {
  readonly stamp: string | null;
}

/** An opened dataset. */
export interface Dataset {
  /** Id of its format (`dataset-formats.ts`). */
  readonly format: string;
  /** Absolute path that the person pointed at. */
  readonly path: string;
  /** All label names in a stable order (IDX: `0`..`9` unless a class list lies beside it). */
  readonly labels: readonly string[];
  /** How many images {@link images} will list. */
  readonly count: number;
  /** Streams all images in a stable order, without opening any of them. */
  images(): AsyncIterable<DatasetImage>;
  /** Folders that could not be read (the beginning of a `file`): what is known of their images stays. */
  readonly unlisted: readonly string[];
  /** What a person should know: rows without files, duplicate paths, unreadable folders. Complete once `images()` has ended. */
  readonly warnings: readonly string[];
}

export interface OpenOptions {
  /** A table of labels that lies elsewhere: `path,label[,split]` as CSV, TSV or JSON Lines. */
  readonly labelsFile?: string | undefined;
  /** Gives it up, with `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
}

/** What a format makes of a place. */
export interface Reading {
  /** How surely it is of the format: 0 (not) to 1 (certainly); no image has been opened. */
  readonly certainty: number;
  /** @throws AppError `DATASET_*` or `LABELS_INVALID` with the file and the way out. */
  open(): Promise<Dataset>;
}
