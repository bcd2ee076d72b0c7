/** Answers the calls about the images of the open project. */

import type { CallContext, CallsOf } from './context.js';

export function galleryCalls({ workspace }: CallContext): CallsOf<'gallery' | 'image' | 'confusion'> {
  return {
    'gallery.query': async ({ filter, order }) => {
      const { project } = workspace.audit();
      const [ids, total] = await Promise.all([project.query(filter, order), project.imageCount()]);
      return { ids, total };
    },
    'gallery.facets': ({ filter, columns }) => workspace.audit().project.facets(filter, columns),
    'gallery.rows': ({ ids }) => workspace.audit().project.rows(ids),
    'image.detail': ({ id }) => workspace.audit().project.detail(id),
    'confusion.get': () => workspace.audit().project.confusion(),
  };
}
