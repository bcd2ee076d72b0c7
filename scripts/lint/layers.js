/** The lint rule `hognose/layers`: which folder may import which folder, and which file may import which package. */

import { posix, relative, resolve, sep } from 'node:path';

/**
 * Arrows of the house, most specific key wins: a file under the key may import only its own layer and those listed.
 * Keys are folders or single files, relative to the project.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const layers = {
  'src/shared': [],
  'src/renderer': ['src/shared'],
  // How files are opened, for all who read what a person points at.
  'src/main/files': ['src/shared'],
  'src/main/onnx': ['src/shared', 'src/main/files'],
  'src/main/model': ['src/shared', 'src/main/files', 'src/main/onnx'],
  'src/main/explain': ['src/shared', 'src/main/onnx', 'src/main/model'],
  'src/main/metrics': ['src/shared', 'src/main/onnx', 'src/main/model'],
  'src/main/dataset': ['src/shared', 'src/main/files'],
  // The contract of the engine: types and plain facts, so everyone may speak of it.
  'src/main/engine/exchange.ts': ['src/shared', 'src/main/dataset'],
  'src/main/engine/calls.ts': ['src/shared', 'src/main/dataset', 'src/main/engine/exchange.ts'],
  'src/main/engine/engine.ts': ['src/shared', 'src/main/engine/exchange.ts', 'src/main/engine/calls.ts'],
  'src/main/engine': [
    'src/shared',
    'src/main/files',
    'src/main/dataset',
    'src/main/onnx',
    'src/main/model',
    'src/main/explain',
    'src/main/metrics',
    'src/main/engine/exchange.ts',
    'src/main/engine/calls.ts',
    'src/main/engine/engine.ts',
    'src/main/processes',
  ],
  // Pure figures over maps.
  'src/main/maps': ['src/shared', 'src/main/engine/engine.ts'],
  // SQLite files, and how values lie in them.
  'src/main/database': ['src/shared'],
  // All images in memory by column: selected, ordered, counted, scored.
  'src/main/table': ['src/shared', 'src/main/database'],
  // What people said of files, and what stands of it.
  'src/main/decisions': ['src/shared', 'src/main/database'],
  'src/main/project': [
    'src/shared',
    'src/main/files',
    'src/main/dataset',
    'src/main/database',
    'src/main/decisions',
    'src/main/table',
    'src/main/engine/engine.ts',
  ],
  // Open projects as main asks them, in a process of their own or in this one.
  'src/main/data': [
    'src/shared',
    'src/main/files',
    'src/main/dataset',
    'src/main/database',
    'src/main/table',
    'src/main/mapping',
    'src/main/processes',
    'src/main/project',
    'src/main/engine/engine.ts',
  ],
  // Processes of worker files: what is asked of them, and how they end.
  'src/main/processes': ['src/shared', 'src/main/files'],
  // Long work in its order; knows no audit.
  'src/main/jobs': ['src/shared'],
  // From labels of a dataset to classes of a model.
  'src/main/mapping': ['src/shared', 'src/main/files', 'src/main/dataset'],
  // Text and pixels of what is written: escaping, PNG.
  'src/main/drawing': ['src/shared'],
  'src/main/new-audit': [
    'src/shared',
    'src/main/files',
    'src/main/dataset',
    'src/main/mapping',
    'src/main/project',
    'src/main/audit',
    'src/main/engine/engine.ts',
    'src/main/data',
  ],
  'src/main/audit': [
    'src/shared',
    'src/main/files',
    'src/main/dataset',
    'src/main/jobs',
    'src/main/mapping',
    'src/main/maps',
    'src/main/project',
    'src/main/report',
    'src/main/sheet',
    'src/main/engine/engine.ts',
    'src/main/data',
  ],
  'src/main/report': [
    'src/shared',
    'src/main/files',
    'src/main/drawing',
    'src/main/dataset',
    'src/main/table',
    'src/main/project',
    'src/main/engine/engine.ts',
    'src/main/data',
  ],
  'src/main/sheet': ['src/shared', 'src/main/files', 'src/main/drawing', 'src/main/engine/engine.ts'],
  // The code behind the window's calls, on the workspace: runs without Electron.
  'src/main/calls': [
    'src/shared',
    'src/main/mapping',
    'src/main/project',
    'src/main/report',
    'src/main/new-audit',
    'src/main/audit',
    'src/main/workspace.ts',
    'src/main/settings.ts',
    'src/main/recent.ts',
    'src/main/system.ts',
    'src/main/data',
  ],
  'src/main/system.ts': ['src/shared'],
  'src/main/settings.ts': ['src/shared', 'src/main/files'],
  'src/main/recent.ts': ['src/shared', 'src/main/files'],
  // At most one open project and one new audit.
  'src/main/workspace.ts': [
    'src/shared',
    'src/main/dataset',
    'src/main/project',
    'src/main/new-audit',
    'src/main/audit',
    'src/main/thumbnails.ts',
    'src/main/engine/engine.ts',
    'src/main/data',
  ],
  // Beside the project on disk.
  'src/main/thumbnails.ts': ['src/shared', 'src/main/files', 'src/main/dataset', 'src/main/engine/engine.ts'],
  'src/main/preload.ts': ['src/shared'],
  // Everything else in main wires things together.
  'src/main': ['src/shared', 'src/main', 'src/main/*'],
};

/**
 * Packages that only some files may import; the rest of the house does not know them.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const packageOwners = {
  electron: [
    'src/main/app.ts',
    'src/main/window.ts',
    'src/main/security.ts',
    'src/main/protocol.ts',
    'src/main/ipc.ts',
    'src/main/preload.ts',
    'src/main/system-electron.ts',
    'src/main/pdf.ts',
    'src/main/processes/fork-electron.ts',
  ],
  'onnxruntime-node': ['src/main/engine/session.ts'],
  'onnxruntime-common': ['src/main/engine/session.ts'],
  sharp: ['src/main/engine/decode.ts', 'src/main/engine/sharp-binding.ts'],
  '@img/sharp-wasm32': ['src/main/engine/decode.ts', 'src/main/engine/sharp-binding.ts'],
  'better-sqlite3': ['src/main/database/sqlite.ts'],
  '@resvg/resvg-wasm': ['src/main/sheet/png.ts'],
};

/** Folders whose files run without Node and may not import its built-ins. */
const withoutNode = ['src/shared', 'src/renderer', 'src/main/preload.ts'];

/**
 * @param {string} file project-relative path with `/`
 * @returns {string | null} the key of {@link layers} that the file belongs to
 */
function layerOf(file) {
  const keys = Object.keys(layers).filter((key) => file === key || file.startsWith(`${key}/`));
  return keys.sort((a, b) => b.length - a.length)[0] ?? null;
}

/**
 * @param {string} specifier what stands in the import
 * @returns {string} name of the package it comes from
 */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/**
 * Says what is wrong with an import, or null when it is allowed.
 * @param {string} file project-relative path of the importing file, with `/`
 * @param {string} specifier what stands in the import
 * @returns {string | null}
 */
export function importFault(file, specifier) {
  const layer = layerOf(file);
  if (layer === null) return null;
  if (specifier.startsWith('node:')) {
    return withoutNode.includes(layer) ? `${layer} runs without Node and may not import ${specifier}` : null;
  }
  if (!specifier.startsWith('.')) {
    const owners = packageOwners[packageOf(specifier)];
    if (owners === undefined || owners.includes(file)) return null;
    return `${packageOf(specifier)} may be imported only by ${owners.join(', ')}`;
  }
  const target = posix.join(posix.dirname(file), specifier.replace(/\.js$/, '.ts'));
  const targetLayer = layerOf(target);
  if (targetLayer === layer) return null;
  if (targetLayer === null) return `${layer} may not import ${target}, which is no layer`;
  const allowed = layers[layer] ?? [];
  const wiring = allowed.includes('src/main/*') && targetLayer.startsWith('src/main');
  return wiring || allowed.includes(targetLayer) ? null : `${layer} may not import ${targetLayer}`;
}

/** @type {import('eslint').Rule.RuleModule} */
export const layersRule = {
  meta: {
    type: 'problem',
    docs: { description: 'imports follow the arrows between the layers' },
    schema: [{ type: 'string' }],
    messages: { fault: '{{fault}}' },
  },
  create(context) {
    const root = resolve(String(context.options[0]));
    const file = relative(root, resolve(context.filename)).split(sep).join('/');
    /** @param {{ source?: { type: string, value?: unknown, loc?: import('eslint').AST.SourceLocation | null | undefined } | null | undefined }} node */
    const check = ({ source }) => {
      if (source?.type !== 'Literal' || typeof source.value !== 'string' || !source.loc) return;
      const fault = importFault(file, source.value);
      if (fault !== null) context.report({ loc: source.loc, messageId: 'fault', data: { fault } });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: check,
    };
  },
};
