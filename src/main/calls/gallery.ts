/** Answers the calls about the images of the open project. */

import type { ConfusionCell, ConfusionCounts } from '../../shared/query.js';
import type { CallContext, CallsOf } from './context.js';

/** Without an object a pair: a thousand classes have a million. */
function packed(cells: readonly ConfusionCell[]): ConfusionCounts {
  return {
    labels: Uint32Array.from(cells, ({ label }) => label),
    predictions: Uint32Array.from(cells, ({ prediction }) => prediction),
    counts: Uint32Array.from(cells, ({ count }) => count),
  };
}

export function galleryCalls({ workspace }: CallContext): CallsOf<'gallery' | 'image' | 'confusion'> {
  return {
    'gallery.select': (wish) => workspace.audit().project.select(wish),
    'gallery.page': ({ revision, from, count }) => workspace.audit().project.page(revision, from, count),
    'gallery.places': ({ revision, ids }) => workspace.audit().project.places(revision, ids),
    'gallery.facets': ({ filter, columns }) => workspace.audit().project.facets(filter, columns),
    'gallery.rows': ({ ids }) => workspace.audit().project.rows(ids),
    'image.detail': ({ id }) => workspace.audit().project.detail(id),
    'confusion.get': () => packed(workspace.audit().project.confusion()),
  };
}
