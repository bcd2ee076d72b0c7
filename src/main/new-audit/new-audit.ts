/** A new audit being put together: dataset, labels, model, mapping, name and place, until a project is made of them. */

import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { MappingRow, TisParameters } from '../../shared/audit.js';
import type { ClassOrder } from '../../shared/class-order.js';
import type {
  ClassNamesChoice,
  ModelChoice,
  ModelSummary,
  NamedValues,
  PreprocessingChoice,
} from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import type { NewAuditChoice, NewAuditState, PreviewedImage } from '../../shared/calls/new-audit.js';
import type { Data } from '../data/data.js';
import type { DatasetDescription } from '../data/describe-dataset.js';
import { inSlices } from '../data/slices.js';
import type { ImageSource } from '../dataset/dataset.js';
import { datasetFormat, datasetFormats } from '../dataset/dataset-formats.js';
import type { Engine, ModelLocation } from '../engine/engine.js';
import { projectExists, type ProjectInfo } from '../project/project-info.js';
import { fileNameOf, titleOf } from '../project/project-name.js';
import { ChosenModel } from './chosen-model.js';
import { previewItem } from './preview.js';
import { changeMapping, orderMapping, proposingMapping } from '../mapping/mapping.js';

const labelNames = ({ labels }: DatasetDescription): readonly string[] => labels.map(({ name }) => name);

/** Choices are checked when they are made: each method rejects with AppError and leaves the new audit as it was. */
export class NewAudit {
  readonly #engine: Engine;
  readonly #data: Pick<Data, 'describeDataset'>;
  #name: string | null = null;
  #place: string;
  #dataset: DatasetDescription | null = null;
  #labelsFile: string | null = null;
  readonly #model: ChosenModel;
  #mapping: readonly MappingRow[] = [];
  /** Mappings that are being proposed. */
  #proposing = 0;
  readonly #discarding = new AbortController();

  /** @param place folder in which projects are made unless another is chosen */
  constructor(engine: Engine, data: Pick<Data, 'describeDataset'>, place: string) {
    this.#engine = engine;
    this.#data = data;
    this.#model = new ChosenModel(engine);
    this.#place = place;
  }

  async choose(what: NewAuditChoice, path: string): Promise<void> {
    switch (what) {
      case 'dataset-folder':
      case 'dataset-file':
        return this.setDataset(path);
      case 'labels':
        return this.setLabels(path);
      case 'model-file':
      case 'model-folder':
        return this.#changeModel(path, () => this.#model.tryToOpen(path));
      case 'class-names':
        return this.setClassNames({ kind: 'file', path });
      case 'place':
        return this.#setPlace(path);
    }
  }

  /** Chooses the dataset, in the format that fits best unless one is said; a table of labels chosen before stays only when `labelsFile` repeats it. */
  async setDataset(path: string, labelsFile: string | null = null, format: string | null = null): Promise<void> {
    this.#dataset = await this.#data.describeDataset({ path, labelsFile, format }, { signal: this.#discarding.signal });
    this.#labelsFile = labelsFile;
    await this.#remap();
  }

  /** Chooses a table of labels for the dataset. */
  async setLabels(labelsFile: string): Promise<void> {
    if (this.#dataset === null) throw new AppError('BAD_USAGE', 'Choose the dataset before its table of labels.');
    await this.setDataset(this.#dataset.path, labelsFile);
  }

  /** Reads the dataset as another format. @throws AppError `BAD_USAGE` where there is no such format, `DATASET_*`. */
  async setFormat(format: string): Promise<void> {
    if (this.#dataset === null) throw new AppError('BAD_USAGE', 'Choose the dataset before its format.');
    // Formats in which folders or names give the labels take no table; the new audit shows that it is gone.
    const labelsFile = datasetFormat(format).takes.labels ? this.#labelsFile : null;
    await this.setDataset(this.#dataset.path, labelsFile, format);
  }

  /** Opens a model and chooses it. @throws AppError `MODEL_*`, `BAD_USAGE` for a choice that does not fit. */
  async setModel(path: string, signal?: AbortSignal, choice?: ModelChoice): Promise<ModelSummary> {
    await this.#changeModel(path, () => this.#model.open(path, choice, signal));
    return this.opened;
  }

  /** Another preprocessing of the model; null takes the files'. @throws AppError `BAD_USAGE`, `MODEL_*`. */
  setPreprocessing(choice: PreprocessingChoice | null): Promise<void> {
    return this.#changeModel(null, () => this.#model.setPreprocessing(choice));
  }

  /** Other class names of the model; null takes the files'. @throws AppError `LABELS_INVALID`, `BAD_USAGE`. */
  setClassNames(choice: ClassNamesChoice | null): Promise<void> {
    return this.#changeModel(null, () => this.#model.setClassNames(choice));
  }

  /** Names values of the ONNX file that was chosen last. @throws AppError `BAD_USAGE`. */
  setModelValues(values: NamedValues | null): Promise<void> {
    return this.#changeModel(null, () => this.#model.setValues(values));
  }

  /** Nobody wants it any more: what it is waiting for is given up. */
  discard(): void {
    this.#discarding.abort();
  }

  setMapping(rows: readonly Pick<MappingRow, 'label' | 'classIndex'>[]): void {
    this.#mapping = changeMapping(this.#mapping, rows);
  }

  /** Matches labels to outputs in an order that a person says. @throws AppError `BAD_USAGE` where it cannot be meant. */
  setClassOrder(order: ClassOrder): void {
    this.#mapping = orderMapping(this.#mapping, this.opened, order);
  }

  /** Takes rows that were made of {@link mapping}. */
  replaceMapping(rows: readonly MappingRow[]): void {
    this.#mapping = rows;
  }

  /** @throws AppError `BAD_USAGE` for a name that cannot be. */
  setName(name: string): void {
    this.#name = titleOf(name);
  }

  /** Folder of the project to be made. */
  get folder(): string {
    return join(this.#place, `${fileNameOf(this.#nameOrDefault())}.hognose`);
  }

  get model(): ModelSummary | null {
    return this.#model.summary;
  }

  /** The chosen model. @throws AppError `BAD_USAGE` without one. */
  get opened(): ModelSummary {
    if (this.model === null) throw new AppError('BAD_USAGE', 'Choose a model.');
    return this.model;
  }

  /** How the engine opens the chosen model; null without one. */
  get location(): ModelLocation | null {
    return this.#model.location;
  }

  get mapping(): readonly MappingRow[] {
    return this.#mapping;
  }

  /** The new audit as the window shows it. */
  state(): NewAuditState {
    const dataset = this.#dataset;
    return {
      choices: datasetFormats.map(({ words }) => words.choice),
      name: this.#nameOrDefault(),
      place: this.#place,
      dataset:
        dataset === null
          ? null
          : {
              path: dataset.path,
              format: dataset.format,
              candidates: dataset.candidates.map((id) => ({ id, name: datasetFormat(id).words.name })),
              images: dataset.images,
              labels: dataset.labels,
              splits: dataset.splits,
              warnings: dataset.warnings,
            },
      labelsFile: this.#labelsFile,
      model: this.model,
      modelChoice: this.#model.shownChoice,
      refusedModel: this.#model.refused,
      mapping: this.#mapping,
      missing: this.#missing(),
    };
  }

  /** Ten images spread evenly over the dataset, with predictions when there is a model. */
  async preview(signal?: AbortSignal): Promise<readonly PreviewedImage[]> {
    const images = this.#dataset?.preview ?? [];
    const { location } = this;
    const inputs = images.map((image) => image.source);
    const outcomes =
      location === null ? [] : await this.#engine.predict({ model: location, inputs, awaited: true }, { signal });
    return images.map((image, index) => previewItem(image, index, outcomes[index]));
  }

  /** Where the bytes of a previewed image lie. @throws AppError `IMAGE_NOT_FOUND`. */
  previewSource(index: number): ImageSource {
    const image = this.#dataset?.preview[index];
    if (image === undefined) throw new AppError('IMAGE_NOT_FOUND', `The preview has no image ${index}.`);
    return image.source;
  }

  /** The facts of the project to be made: a scan has to follow. @throws AppError `BAD_USAGE` when something is missing. */
  facts(tis: TisParameters): ProjectInfo {
    const dataset = this.#dataset;
    const { location, model } = this;
    if (dataset === null || location === null || model === null || this.#proposing > 0)
      throw new AppError('BAD_USAGE', this.#missing()[0] ?? 'Something is missing.');
    return {
      name: this.#nameOrDefault(),
      datasetPath: dataset.path,
      format: dataset.format,
      labelsFile: this.#labelsFile,
      labels: labelNames(dataset),
      modelPath: location.path,
      modelChoice: location.choice ?? null,
      model,
      mapping: this.#mapping,
      tis,
    };
  }

  #nameOrDefault(): string {
    if (this.#name !== null && this.#name !== '') return this.#name;
    return this.#dataset === null ? 'New audit' : basename(this.#dataset.path);
  }

  #missing(): string[] {
    const missing: string[] = [];
    if (this.#dataset === null) missing.push('Choose a dataset.');
    else if (this.#dataset.images === 0) missing.push('The dataset has no images.');
    if (this.model === null) missing.push('Choose a model.');
    if (this.#proposing > 0) missing.push('The labels are still being matched with the classes.');
    if (missing.length === 0 && projectExists(this.folder)) {
      missing.push(`There is a project ${basename(this.folder)} at this place already: choose another name or place.`);
    }
    return missing;
  }

  async #setPlace(path: string): Promise<void> {
    const found = await stat(path);
    if (!found.isDirectory()) throw new AppError('OUTPUT_UNWRITABLE', `"${path}" is not a folder.`, 'Choose a folder.');
    this.#place = path;
  }

  /** Runs a change of the model; choices among another model's classes mean nothing, so that a new path forgets them. */
  async #changeModel(path: string | null, change: () => Promise<unknown>): Promise<void> {
    const before = this.location?.path;
    await change();
    const now = this.location?.path;
    if (now !== before || (path !== null && now === path)) this.#mapping = [];
    await this.#remap();
  }

  /** Proposes the mapping anew; what a person chose for a label of the same name stays while the model does. */
  async #remap(): Promise<void> {
    const [dataset, model] = [this.#dataset, this.model];
    if (dataset === null || model === null) return;
    this.#proposing += 1;
    const proposed = await inSlices(proposingMapping(labelNames(dataset), model), {
      signal: this.#discarding.signal,
    }).finally(() => (this.#proposing -= 1));
    // Whoever chose something else meanwhile proposes it for that.
    if (dataset !== this.#dataset || model !== this.model) return;
    const chosen = new Map(
      this.#mapping.filter((row) => row.by === 'person').map((row) => [row.labelName, row.classIndex]),
    );
    this.#mapping = proposed.map((row) => {
      const choice = chosen.get(row.labelName);
      return choice === undefined ? row : { ...row, classIndex: choice, by: 'person' };
    });
  }
}
