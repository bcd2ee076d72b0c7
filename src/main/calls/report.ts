/** Answers the calls that write the report and open it. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { AppError } from '../../shared/errors.js';
import { fileNameOf, titleOf } from '../project/project-name.js';
import { fileToOpen } from '../report/report-formats.js';
import type { OpenQuestion } from '../system.js';
import type { CallContext, CallsOf } from './context.js';

const placeQuestion: OpenQuestion = { title: 'Where the folder of the report is made', what: 'folder-to-write' };

export function reportCalls({ workspace, system }: CallContext): CallsOf<'report'> {
  return {
    'report.create': async ({ place, name, title, ...wish }) => {
      const chosen = place === 'ask' ? await system.askToOpen(placeQuestion) : null;
      if (place === 'ask' && chosen === null) return null;
      const audit = workspace.audit();
      const { project } = audit;
      if (chosen === null) await project.requireWritable();
      const folder = join(chosen ?? project.folder, fileNameOf(name, 'report'));
      return audit.report({ ...wish, folder, title: titleOf(title ?? project.info.name) });
    },
    'report.open': async ({ format }) => {
      const { reportFolder: folder, project } = workspace.audit();
      const path = format === null ? folder : join(folder, fileToOpen(format, project.info));
      if (!existsSync(path)) {
        throw new AppError(
          'OUTPUT_UNWRITABLE',
          `The report has no ${path}.`,
          'Write the report once more with this format.',
        );
      }
      await system.openPath(path);
      return null;
    },
  };
}
