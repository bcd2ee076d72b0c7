/** The arrows between the layers are checked by machine: a wrong import is a lint error. */

import { resolve } from 'node:path';

import { Linter } from 'eslint';
import { describe, expect, it } from 'vitest';

import { importFault, layersRule } from '../../scripts/lint/layers.js';

const root = resolve(import.meta.dirname, '../..');

function messages(file: string, code: string): string[] {
  const linter = new Linter({ cwd: root });
  const config: Linter.Config[] = [
    {
      files: ['**/*.ts'],
      plugins: { hognose: { rules: { layers: layersRule } } },
      rules: { 'hognose/layers': ['error', root] },
    },
  ];
  return linter.verify(code, config, resolve(root, file)).map((message) => message.message);
}

describe('a wrong import is a lint error', () => {
  it.each([
    [
      'src/shared/audit.ts',
      "import '../main/engine/engine.js';",
      'src/shared may not import src/main/engine/engine.ts',
    ],
    ['src/shared/audit.ts', "import 'node:fs';", 'src/shared runs without Node and may not import node:fs'],
    ['src/renderer/state/a.ts', "import '../../main/window.js';", 'src/renderer may not import src/main'],
    ['src/renderer/state/a.ts', "import 'node:path';", 'src/renderer runs without Node and may not import node:path'],
    ['src/main/onnx/graph.ts', "import '../model/vit.js';", 'src/main/onnx may not import src/main/model'],
    ['src/main/explain/tis.ts', "import '../engine/session.js';", 'src/main/explain may not import src/main/engine'],
    ['src/main/engine/calls.ts', "import './session.js';", 'src/main/engine/calls.ts may not import src/main/engine'],
    ['src/main/project/a.ts', "import '../engine/host.js';", 'src/main/project may not import src/main/engine'],
    ['src/main/report/a.ts', "export * from '../onnx/graph.js';", 'src/main/report may not import src/main/onnx'],
    ['src/main/audit/a.ts', "await import('../engine/host.js');", 'src/main/audit may not import src/main/engine'],
    ['src/main/audit/a.ts', "import '../workspace.js';", 'src/main/audit may not import src/main/workspace.ts'],
    ['src/main/calls/jobs.ts', "import '../window.js';", 'src/main/calls may not import src/main'],
    ['src/main/workspace.ts', "import './calls/jobs.js';", 'src/main/workspace.ts may not import src/main/calls'],
  ])('%s: %s', (file, code, fault) => {
    expect(messages(file, code)).toEqual([fault]);
  });

  it.each([
    ['src/main/project/images.ts', 'better-sqlite3'],
    ['src/main/engine/worker.ts', 'onnxruntime-node'],
    ['src/main/dataset/dataset.ts', 'sharp'],
    ['src/main/workspace.ts', 'electron'],
    ['src/main/calls/project.ts', 'electron'],
    ['src/main/system.ts', 'electron'],
    ['src/main/cli.ts', 'electron'],
    ['src/renderer/main.ts', 'electron'],
  ])('%s may not import the package %s', (file, name) => {
    expect(messages(file, `import x from '${name}'; x();`)).toEqual([
      expect.stringMatching(new RegExp(`^${name} may be imported only by `)),
    ]);
  });
});

describe('a right import is none', () => {
  it.each([
    ['src/main/model/vit.ts', '../onnx/graph.js'],
    ['src/main/engine/worker.ts', '../explain/tis.js'],
    ['src/main/engine/session.ts', 'onnxruntime-node'],
    ['src/main/database/sqlite.ts', 'better-sqlite3'],
    ['src/main/report/html.ts', '../engine/engine.js'],
    ['src/main/app.ts', './workspace.js'],
    ['src/main/app.ts', 'electron'],
    ['src/main/cli/predict.ts', '../engine/host.js'],
    ['src/renderer/main.ts', '../shared/bridge.js'],
    ['src/main/calls/project.ts', '../workspace.js'],
  ])('%s imports %s', (file, specifier) => {
    expect(importFault(file, specifier)).toBeNull();
  });
});

it('the rule is switched on for every source file', async () => {
  const { ESLint } = await import('eslint');
  const eslint = new ESLint({ cwd: root });
  for (const file of ['src/shared/audit.ts', 'src/main/database/sqlite.ts', 'src/renderer/App.svelte']) {
    const config = (await eslint.calculateConfigForFile(resolve(root, file))) as { rules: Record<string, unknown> };
    expect(config.rules['hognose/layers']).toEqual([2, root]);
  }
});
