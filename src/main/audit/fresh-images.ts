/** Notices images whose files were written to since they were read, before what is kept of them is shown beside them. */

import type { ImageId } from '../../shared/audit.js';
import { readStamp } from '../dataset/file-stamp.js';
import type { Engine } from '../engine/engine.js';
import type { Project } from '../project/project.js';

/** Images read in one request to the engine. */
const batchSize = 32;

/** Reads those of the images again whose files have another stamp than when they were read; returns these, and how many hold another picture. */
export async function freshenImages(
  { project, engine, signal }: { readonly project: Project; readonly engine: Engine; readonly signal: AbortSignal },
  ids: readonly ImageId[],
): Promise<{ readonly read: readonly ImageId[]; readonly changed: number }> {
  const stale: ImageId[] = [];
  for (const id of ids) {
    const known = project.readAt(id);
    const stamp = known === null ? null : await readStamp(known.path);
    // A file that is not there is told by whoever reads it.
    if (known !== null && stamp !== null && stamp !== known.stamp) stale.push(id);
  }
  let changed = 0;
  for (let from = 0; from < stale.length; from += batchSize) {
    const batch = stale.slice(from, from + batchSize);
    const outcomes = await engine.identify({ inputs: batch.map((id) => project.source(id)) }, { signal });
    // A project that was closed meanwhile takes nothing any more.
    if (signal.aborted) break;
    changed += project.identify(
      batch.flatMap((id, at) => {
        const outcome = outcomes[at];
        return outcome === undefined ? [] : [{ id, outcome }];
      }),
    );
  }
  return { read: stale, changed };
}
