/** Lint rules: typescript-eslint's strictest set, Svelte's, and the arrows between the layers. */

import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import ts from 'typescript-eslint';

import { layersRule } from './scripts/lint/layers.js';

const root = import.meta.dirname;

export default defineConfig(
  globalIgnores(['out/', 'dist/', 'demo-output/', 'test-results/', 'test/fixtures/', '.cache/', '**/*.cjs']),
  ts.configs.strictTypeChecked,
  ts.configs.stylisticTypeChecked,
  svelte.configs.recommended,
  prettier,
  svelte.configs.prettier,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: root, extraFileExtensions: ['.svelte'] },
    },
    plugins: { hognose: { rules: { layers: layersRule } } },
    rules: {
      'hognose/layers': ['error', root],
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  { files: ['src/renderer/**'], languageOptions: { globals: globals.browser } },
  // Programs for the command line speak through the console.
  { files: ['scripts/**', '*.config.ts', 'eslint.config.js'], rules: { 'no-console': 'off' } },
);
