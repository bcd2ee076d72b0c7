/** Answers the calls of the compare view. */

import { basename } from 'node:path';

import type { SheetFormat } from '../../shared/sheet.js';
import type { System } from '../system.js';
import type { CallContext, CallsOf } from './context.js';

const formatNames: Readonly<Record<SheetFormat, string>> = {
  png: 'Picture (PNG)',
  svg: 'Vector drawing (SVG)',
  pdf: 'Document (PDF)',
};

/** Where a sheet is written; null when the person cancels. */
function askForSheet(system: System, format: SheetFormat, name: string): Promise<string | null> {
  return system.askToSave({
    title: 'Write the sheet to',
    name: `${name}.${format}`,
    kinds: [{ name: formatNames[format], extensions: [format] }],
  });
}

export function compareCalls({ workspace, system }: CallContext): CallsOf<'compare'> {
  return {
    'compare.methods': () => workspace.audit().methods(),
    'compare.maps': (wish) => workspace.audit().compare(wish),
    'compare.cancel': () => {
      workspace.current?.cancelCompare();
      return null;
    },
    'compare.export': async ({ format, ...wish }) => {
      const path = await askForSheet(system, format, 'maps');
      if (path === null) return null;
      await workspace.audit().writeImageSheet(wish, path, format);
      return basename(path);
    },
    'compare.contact': async ({ format, ...wish }) => {
      const path = await askForSheet(system, format, 'contact-sheet');
      return path === null ? null : workspace.audit().contactSheet(wish, path, format);
    },
  };
}
