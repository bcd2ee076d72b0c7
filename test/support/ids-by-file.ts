/** Finds images of a project by what the dataset calls them. */

import type { Project } from '../../src/main/project/project.js';
import { type ImageId, imageId } from '../../src/shared/audit.js';

/** The ids of all images of a project by their `file`. */
export function idsByFile(project: Project): ReadonlyMap<string, ImageId> {
  const ids = Array.from(project.query([], { by: 'file', descending: false }), imageId);
  return new Map(project.rows(ids).map(({ id, file }) => [file, id]));
}
