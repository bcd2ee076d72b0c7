/** How far long work has come. */

/** In steps of one kind: images, parts of the images. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** Takes all steps of work at once; what it comes to. */
export function finished<Result>(steps: Generator<unknown, Result, void>): Result {
  for (let next = steps.next(); ; next = steps.next()) if (next.done === true) return next.value;
}
