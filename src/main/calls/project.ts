/** Answers the calls about projects as a whole. */

import { basename } from 'node:path';

import type { MappingRow, ProjectSummary } from '../../shared/audit.js';
import { readMappingFile, writeMappingFile } from '../mapping/mapping-file.js';
import { changeMapping, confirmMapping, orderMapping } from '../mapping/mapping.js';
import type { ProjectInfo } from '../project/project-info.js';
import type { Workspace } from '../workspace.js';
import type { CallContext, CallsOf } from './context.js';
import { mappingToRead, mappingToWrite } from './questions.js';

/** Changes the open project's mapping. */
async function remap(
  workspace: Workspace,
  change: (info: ProjectInfo) => readonly MappingRow[],
): Promise<ProjectSummary> {
  const audit = workspace.audit();
  await audit.changeMapping(change);
  return audit.project.summary();
}

export function projectCalls({ workspace, recent, system }: CallContext): CallsOf<'project'> {
  return {
    'project.recent': () => recent.list(),
    'project.forget': async ({ recent: row }) => {
      await recent.forget(row);
      return recent.list();
    },
    'project.openRecent': ({ recent: row }) => workspace.openProject(recent.folder(row)),
    'project.openDemo': () => workspace.openDemo(),
    'project.openDialog': async () => {
      const folder = await system.askToOpen({ title: 'Project (NAME.hognose)', what: 'folder' });
      return folder === null ? null : workspace.openProject(folder);
    },
    'project.saveCopy': async () => {
      const place = await system.askToOpen({ title: 'Folder for the copy of the project', what: 'folder-to-write' });
      return place === null ? null : workspace.saveCopy(place);
    },
    'project.rename': async ({ name }) => {
      const before = workspace.projectFolder;
      const summary = await workspace.renameProject(name);
      const after = workspace.projectFolder;
      if (before !== null && after !== null) await recent.moved(before, after, summary.name);
      return summary;
    },
    'project.close': async () => {
      await workspace.closeProject();
      return null;
    },
    'project.current': () => workspace.current?.project.summary() ?? null,
    'project.cache': () => workspace.current?.project.cacheFigures() ?? null,
    'project.freeSpace': () => workspace.audit().freeSpace(),
    'project.setMapping': ({ rows }) => remap(workspace, ({ mapping }) => changeMapping(mapping, rows)),
    'project.setClassOrder': ({ order }) =>
      remap(workspace, ({ mapping, model }) => orderMapping(mapping, model, order)),
    'project.importMapping': async () => {
      const path = await system.askToOpen(mappingToRead);
      const { project } = workspace.audit();
      if (path === null) return project.summary();
      const rows = await readMappingFile(path, project.info.mapping, project.info.model);
      return remap(workspace, ({ mapping }) => confirmMapping(mapping, rows));
    },
    'project.exportMapping': async () => {
      const path = await system.askToSave(mappingToWrite);
      if (path === null) return null;
      const { mapping, model } = workspace.audit().project.info;
      await writeMappingFile(path, mapping, model);
      return basename(path);
    },
    'project.rescan': async () => {
      const audit = workspace.audit();
      await audit.scan();
      await workspace.resume(audit);
      return audit.project.summary();
    },
    'project.relink': async () => {
      const { datasetPath } = workspace.audit().project.info;
      const path = await system.askToOpen({ title: `Where ${basename(datasetPath)} is now`, what: 'folder' });
      if (path === null) return null;
      const audit = workspace.audit();
      await audit.relink(path);
      await workspace.resume(audit);
      return audit.project.summary();
    },
  };
}
