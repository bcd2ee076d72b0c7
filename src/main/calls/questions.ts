/** What the system's dialogs ask for where several calls ask the same: models and mappings. */

import type { OpenQuestion, SaveQuestion } from '../system.js';

export const modelQuestions = {
  'model-file': {
    title: 'ONNX or safetensors file',
    what: 'file',
    kinds: [
      { name: 'Models', extensions: ['onnx', 'safetensors'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
  'model-folder': { title: 'Folder with a Hugging Face or timm model', what: 'folder' },
} as const satisfies Record<string, OpenQuestion>;

export const mappingToRead: OpenQuestion = {
  title: 'Mapping from labels to classes',
  what: 'file',
  kinds: [
    { name: 'Mappings', extensions: ['csv', 'tsv', 'json'] },
    { name: 'All files', extensions: ['*'] },
  ],
};

export const mappingToWrite: SaveQuestion = {
  title: 'Write the mapping to',
  name: 'mapping.csv',
  kinds: [
    { name: 'CSV', extensions: ['csv'] },
    { name: 'JSON', extensions: ['json'] },
  ],
};
