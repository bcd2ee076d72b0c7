/** Calls about the new audit: what is chosen for it, and the project that is made of it. */

import * as v from 'valibot';

import { type ClassProbability, type FractionRect, type MappingRow, type ProjectSummary } from '../audit.js';
import { text } from '../bounded.js';
import { classOrders } from '../class-order.js';
import type { ErrorData } from '../errors.js';
import type { ModelChoice, ModelSummary } from '../model.js';
import { preprocessingChoiceSchema } from '../preprocessing-choice.js';
import { call } from './call.js';
import { mappingSchema, nothing } from './parts.js';

/** A new audit being put together. */
export interface NewAuditState {
  /** What may be chosen as the dataset, as phrases: "a folder with one folder per class". */
  readonly choices: readonly string[];
  readonly name: string;
  /** Folder in which `NAME.hognose` will be made, for display. */
  readonly place: string;
  readonly dataset: {
    readonly path: string;
    /** Id of one of the candidates. */
    readonly format: string;
    /** Formats that would also fit, best first, the chosen one included. */
    readonly candidates: readonly { readonly id: string; readonly name: string }[];
    readonly images: number;
    readonly labels: readonly { readonly name: string; readonly count: number }[];
    readonly splits: readonly { readonly name: string; readonly count: number }[];
    readonly warnings: readonly string[];
  } | null;
  readonly labelsFile: string | null;
  readonly model: ModelSummary | null;
  /** What the person wants of the model; class name files show their name only. */
  readonly modelChoice: ModelChoice;
  /** The ONNX file that was chosen last and could not be opened, so that its values can be named; null otherwise. */
  readonly refusedModel: { readonly name: string; readonly error: ErrorData } | null;
  readonly mapping: readonly MappingRow[];
  /** What still stops the start, in plain words; empty when ready. */
  readonly missing: readonly string[];
}

export interface PreviewedImage {
  /** For the picture's address: see `previewPictureUrl`. */
  readonly index: number;
  readonly file: string;
  readonly label: string | null;
  readonly top: readonly ClassProbability[];
  readonly modelView: FractionRect | null;
  readonly error: string | null;
}

/** What a person chooses for a new audit with the system's dialog. */
const newAuditChoices = [
  'dataset-folder',
  'dataset-file',
  'labels',
  'model-file',
  'model-folder',
  'class-names',
  'place',
] as const;
export type NewAuditChoice = (typeof newAuditChoices)[number];

export const newAuditCalls = {
  /** Starts a new audit: an empty one, replacing any other. */
  'newAudit.create': call(nothing).returning<NewAuditState>(),
  'newAudit.discard': call(nothing).returning<null>(),
  /** The new audit after the choice; unchanged when the person cancelled the dialog. */
  'newAudit.pick': call(v.object({ what: v.picklist(newAuditChoices) })).returning<NewAuditState>(),
  /** Another of the dataset's candidates. */
  'newAudit.setFormat': call(v.object({ format: text(64) })).returning<NewAuditState>(),
  /** Another preprocessing than the model's files say; null takes theirs again. Opens the model anew. */
  'newAudit.setPreprocessing': call(
    v.object({ choice: v.nullable(preprocessingChoiceSchema) }),
  ).returning<NewAuditState>(),
  /** Class names from the model's files, or the ImageNet list (a file is chosen with `newAudit.pick`). */
  'newAudit.setClassNames': call(v.object({ from: v.picklist(['model', 'imagenet']) })).returning<NewAuditState>(),
  /** Corrects what was recognised in the ONNX file that was chosen last, opened or refused; opens it anew. */
  'newAudit.setModelValues': call(
    v.object({
      values: v.nullable(
        v.object({ pixels: v.optional(text(1000)), tokens: v.optional(text(1000)), logits: v.optional(text(1000)) }),
      ),
    }),
  ).returning<NewAuditState>(),
  'newAudit.setMapping': call(mappingSchema).returning<NewAuditState>(),
  'newAudit.setClassOrder': call(v.object({ order: v.picklist(classOrders) })).returning<NewAuditState>(),
  /** Reads the mapping from a CSV or JSON file chosen with the system's dialog. */
  'newAudit.importMapping': call(nothing).returning<NewAuditState>(),
  /** Writes the mapping to such a file, and says its name; null when the person cancelled the dialog. */
  'newAudit.exportMapping': call(nothing).returning<string | null>(),
  'newAudit.setName': call(
    v.object({ name: v.pipe(v.string(), v.minLength(1), v.maxLength(120)) }),
  ).returning<NewAuditState>(),
  /** Predicts ten images spread over the new audit's dataset. */
  'newAudit.preview': call(nothing).returning<readonly PreviewedImage[]>(),
  /** Creates the project, opens it and starts predicting. */
  'newAudit.start': call(nothing).returning<ProjectSummary>(),
};
