/** Answers the calls about the new audit. */

import { basename } from 'node:path';

import type { NewAuditChoice, NewAuditState } from '../../shared/calls/new-audit.js';
import { readMappingFile, writeMappingFile } from '../mapping/mapping-file.js';
import { confirmMapping } from '../mapping/mapping.js';
import type { NewAudit } from '../new-audit/new-audit.js';
import type { OpenQuestion } from '../system.js';
import type { CallContext, CallsOf } from './context.js';
import { mappingToRead, mappingToWrite, modelQuestions } from './questions.js';

/** What the system's dialog asks for, for each part of a new audit. */
const questions: Readonly<Record<NewAuditChoice, OpenQuestion>> = {
  ...modelQuestions,
  'dataset-folder': { title: 'Folder with the images', what: 'folder' },
  'dataset-file': { title: 'File with the images', what: 'file' },
  labels: {
    title: 'Table of labels',
    what: 'file',
    kinds: [
      { name: 'Tables', extensions: ['csv', 'tsv', 'txt', 'jsonl', 'json'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  'class-names': {
    title: 'Class names',
    what: 'file',
    kinds: [
      { name: 'Text and JSON', extensions: ['txt', 'json'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  place: { title: 'Where the project is kept', what: 'folder-to-write' },
};

export function newAuditCalls({ workspace, system }: CallContext): CallsOf<'newAudit'> {
  /** The new audit as it stands once it was changed. */
  const after = async (change: (newAudit: NewAudit) => unknown): Promise<NewAuditState> => {
    const { newAudit } = workspace;
    await change(newAudit);
    return newAudit.state();
  };
  return {
    'newAudit.create': () => workspace.renewNewAudit().state(),
    'newAudit.discard': () => {
      workspace.renewNewAudit();
      return null;
    },
    'newAudit.pick': async ({ what }) => {
      const path = await system.askToOpen(questions[what]);
      return after((newAudit) => (path === null ? undefined : newAudit.choose(what, path)));
    },
    'newAudit.setFormat': ({ format }) => after((newAudit) => newAudit.setFormat(format)),
    'newAudit.setPreprocessing': ({ choice }) => after((newAudit) => newAudit.setPreprocessing(choice)),
    'newAudit.setClassNames': ({ from }) =>
      after((newAudit) => newAudit.setClassNames(from === 'imagenet' ? { kind: 'imagenet' } : null)),
    'newAudit.setModelValues': ({ values }) => after((newAudit) => newAudit.setModelValues(values)),
    'newAudit.setMapping': ({ rows }) => after((newAudit) => newAudit.setMapping(rows)),
    'newAudit.setClassOrder': ({ order }) => after((newAudit) => newAudit.setClassOrder(order)),
    'newAudit.importMapping': async () => {
      const path = await system.askToOpen(mappingToRead);
      return after(async (newAudit) => {
        if (path === null) return;
        const { mapping, opened } = newAudit;
        newAudit.replaceMapping(confirmMapping(mapping, await readMappingFile(path, mapping, opened)));
      });
    },
    'newAudit.exportMapping': async () => {
      const path = await system.askToSave(mappingToWrite);
      if (path === null) return null;
      const { mapping, opened } = workspace.newAudit;
      await writeMappingFile(path, mapping, opened);
      return basename(path);
    },
    'newAudit.setName': ({ name }) => after((newAudit) => newAudit.setName(name)),
    'newAudit.preview': () => workspace.newAudit.preview(),
    'newAudit.start': () => workspace.startNewAudit(),
  };
}
