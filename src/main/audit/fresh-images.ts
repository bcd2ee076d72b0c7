/** Notices images whose files were written to since they were read, before what is kept of them is shown beside them. */

import type { ImageId } from '../../shared/audit.js';
import type { OpenProject } from '../data/open-project.js';
import { readStamp } from '../dataset/file-stamp.js';
import type { Engine } from '../engine/engine.js';
import type { ReadImage } from '../project/contents.js';

/** Images read in one request to the engine. */
const batchSize = 32;

/** Reads those of the images again whose files have another stamp than when they were read; returns these, and how many hold another picture. */
export async function freshenImages(
  { project, engine, signal }: { readonly project: OpenProject; readonly engine: Engine; readonly signal: AbortSignal },
  images: readonly ReadImage[],
): Promise<{ readonly read: readonly ImageId[]; readonly changed: number }> {
  const stale: ReadImage[] = [];
  for (const image of images) {
    const stamp = await readStamp(image.source.path);
    // A file that is not there is told by whoever reads it.
    if (stamp !== null && stamp !== image.stamp) stale.push(image);
  }
  let changed = 0;
  for (let from = 0; from < stale.length; from += batchSize) {
    const batch = stale.slice(from, from + batchSize);
    const outcomes = await engine.identify({ inputs: batch.map(({ source }) => source) }, { signal });
    // A project that was closed meanwhile takes nothing any more.
    if (signal.aborted) break;
    changed += await project.identify(
      batch.flatMap(({ id }, at) => {
        const outcome = outcomes[at];
        return outcome === undefined ? [] : [{ id, outcome }];
      }),
    );
  }
  return { read: stale.map(({ id }) => id), changed };
}
