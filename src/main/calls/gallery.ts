/** Answers the calls about the images of the open project. */

import type { CallContext, CallsOf } from './context.js';

export function galleryCalls({ workspace }: CallContext): CallsOf<'gallery' | 'image' | 'confusion'> {
  return {
    'gallery.select': (wish) => workspace.audit().project.select(wish),
    'gallery.page': ({ revision, from, count }) => workspace.audit().project.page(revision, from, count),
    'gallery.places': ({ revision, ids }) => workspace.audit().project.places(revision, ids),
    'gallery.facets': ({ filter, columns }) => workspace.audit().project.facets(filter, columns),
    'gallery.rows': ({ ids }) => workspace.audit().project.rows(ids),
    'image.detail': ({ id }) => workspace.audit().project.detail(id),
    'confusion.get': () => workspace.audit().project.confusion(),
  };
}
