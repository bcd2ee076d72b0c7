/** A bridge without a main process: answers the window's calls from generated data, for the renderer's tests and its development page. */

import {
  type ClassIndex,
  type Explanation,
  type FractionRect,
  type ImageDetail,
  type ImageId,
  type ImageRow,
  imageId,
  type Job,
  type JournalEntry,
  jobId,
  type LabelIndex,
  labelIndex,
  type MappingRow,
  type ProjectAccess,
  type ProjectSummary,
  type SettlingMaps,
  type TisParameters,
  type Verdict,
  verdictKinds,
} from '../../src/shared/audit.js';
import type { Disagreement } from '../../src/shared/disagreement.js';
import { type ClassOrder, positionsIn } from '../../src/shared/class-order.js';
import { type MethodId, methodIds, methodParameters } from '../../src/shared/methods.js';
import { contrastRow, rivalOf, type RowId, type RowMap } from '../../src/shared/sheet-rows.js';
import type { ProviderInfo } from '../../src/shared/provider.js';
import type { ModelChoice, ModelSummary, PreprocessingChoice } from '../../src/shared/model.js';
import { sameTis, tisParameters } from '../../src/main/audit/tis-parameters.js';
import { AppError, toAppError } from '../../src/shared/errors.js';
import { beyondError, contrastMap } from '../../src/shared/evidence.js';
import type { ColumnId, ScoreId } from '../../src/shared/columns.js';
import {
  type ConditionValue,
  type ConfusionCell,
  type Filter,
  type GalleryFacets,
  type Order,
  searchedText,
  type ValueCount,
  valuesOf,
} from '../../src/shared/query.js';
import type { Bridge, CallReply } from '../../src/shared/bridge.js';
import type { CallInput, CallName, CallResult } from '../../src/shared/calls/calls.js';
import type { NewAuditState } from '../../src/shared/calls/new-audit.js';
import type { EventName, Events } from '../../src/shared/events.js';
import type { Settings } from '../../src/shared/settings.js';
import { fakeMaps } from './fake-maps.js';
import { fakeFidelity, fakeSpeed } from './fake-speed.js';
import { fakeTisMap, scoredMasks } from './fake-tis.js';
import { demoSummary, distilledSummary, fakeReport, vitBaseSummary } from './fake-models.js';
import { seededRandom } from '../../src/shared/seeded-random.js';

export interface FakeOptions {
  /** Label of each image; their number is the dataset's. */
  readonly labels: readonly number[];
  readonly names: readonly string[];
  /** Upright size of every image. */
  readonly width?: number;
  readonly height?: number;
  readonly grid?: number;
  /** Milliseconds that maps take. */
  readonly delay?: number;
  /** Milliseconds that writing a verdict takes. */
  readonly writing?: number;
  /** Milliseconds that a list of the gallery takes. */
  readonly listing?: number;
  /** Starts with the project open. */
  readonly open?: boolean;
  /** Share of the images predicted at the start. */
  readonly predicted?: number;
  /** Fails the maps of every image. */
  readonly failMaps?: boolean;
  readonly reviewer?: string;
  /** The first this many labels have no class, but a suggestion. */
  readonly asked?: number;
  /** Another model than the demo's. */
  readonly model?: ModelSummary | null;
  /** Methods that the model does not allow, with the reason. */
  readonly refused?: Partial<Readonly<Record<MethodId, string>>>;
  readonly provider?: ProviderInfo;
  readonly access?: ProjectAccess;
  /** How many times as fast as float32 the rough precision of the provider is. */
  readonly gain?: number;
  /** Settings that differ from the defaults. */
  readonly settings?: Partial<Settings>;
}

function wait(milliseconds: number): Promise<void> {
  return milliseconds === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const unchosen: ModelChoice = { preprocessing: null, classNames: null, values: null };

type Handlers = { [N in CallName]: (input: CallInput<N>) => CallResult<N> | Promise<CallResult<N>> };
type Listeners = { [E in EventName]: Set<(payload: Events[E]) => void> };

/** What one step of verdicts changes. */
type FakeStep = readonly { readonly id: ImageId; readonly before: Verdict | null; readonly after: Verdict | null }[];

export class FakeBridge implements Bridge {
  readonly options: Required<FakeOptions>;
  readonly rows: ImageRow[];
  /** Whether predicting was cancelled, until it is asked for. */
  predictionCancelled = false;
  /** Names of the calls so far, in order. */
  readonly calls: CallName[] = [];
  /** Fails the next call of a name with this error. */
  readonly failures = new Map<CallName, AppError>();
  /** Images that left the dataset: steps on them are told as those on files that are gone. */
  readonly lost = new Set<ImageId>();
  readonly #history = new Map<number, JournalEntry[]>();
  readonly #listeners: Listeners = {
    job: new Set(),
    change: new Set(),
    contents: new Set(),
    project: new Set(),
    settling: new Set(),
    mapProgress: new Set(),
    notice: new Set(),
  };
  /** Maps asked for so far: `image method class`. */
  readonly #mapped = new Set<string>();
  #mapTurn = 0;
  #explainTurn = 0;
  readonly #undo: FakeStep[] = [];
  readonly #redo: FakeStep[] = [];
  #open: boolean;
  #settings: Settings;
  #newAudit: NewAuditState | null = null;
  #name = 'Fashion demo';
  #mapping: MappingRow[];

  constructor(options: FakeOptions) {
    this.options = {
      width: 28,
      height: 28,
      grid: 14,
      delay: 0,
      writing: 0,
      listing: 0,
      open: true,
      access: 'writable',
      predicted: 1,
      failMaps: false,
      reviewer: '',
      asked: 0,
      model: null,
      refused: {},
      provider: { name: 'CPU', note: 'No CUDA device was found.' },
      gain: 1.8,
      settings: {},
      ...options,
    };
    this.#open = this.options.open;
    this.#settings = {
      theme: 'system',
      reviewer: this.options.reviewer,
      cellSize: 144,
      colourMap: 'magma',
      mapOpacity: 0.65,
      mapScale: 'auto',
      masks: 1024,
      ratio: 0.5,
      stability: 1,
      estimate: 'published',
      precision: 'float32',
      memory: 2.5,
      threads: 0,
      provider: 'auto',
      methods: ['tis', 'vit-cx', 'chefer1', 'chefer2', 'bt-h', 'rollout'],
      sheetTransposed: false,
      sheetScale: 'method',
      keys: {},
      ...this.options.settings,
    };
    this.#mapping = this.options.names.map((labelName, label) => ({
      label: labelIndex(label),
      labelName,
      ...(label < this.options.asked
        ? { classIndex: null, suggestion: label as ClassIndex, by: 'none' }
        : { classIndex: label as ClassIndex, by: 'name' }),
    }));
    const next = seededRandom(7);
    this.rows = this.options.labels.map((label, index) => this.#makeRow(label, index, next));
  }

  async call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallReply<N>> {
    this.calls.push(name);
    try {
      const failure = this.failures.get(name);
      if (failure !== undefined) {
        this.failures.delete(name);
        throw failure;
      }
      return { ok: true, value: await this.#handlers[name](input) };
    } catch (error) {
      return { ok: false, error: toAppError(error).toData() };
    }
  }

  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void {
    this.#listeners[event].add(listener);
    return () => this.#listeners[event].delete(listener);
  }

  emit<E extends EventName>(event: E, payload: Events[E]): void {
    for (const listener of this.#listeners[event]) listener(payload);
  }

  summary(): ProjectSummary {
    const { names } = this.options;
    const predicted = this.rows.filter((row) => row.prediction !== null);
    return {
      name: this.#name,
      datasetPath: '/data/fashion',
      format: 'idx',
      labels: names,
      model: this.#model(),
      modelPath: '/models/fashion-vit',
      mapping: this.#mapping,
      tis: this.#tis(),
      counts: {
        images: this.rows.length,
        labelled: this.rows.length,
        predicted: predicted.length,
        unreadable: this.rows.filter((row) => row.error !== null).length,
        compared: predicted.filter((row) => row.prediction?.labelClass !== null).length,
        withoutClass: this.rows.filter((row) => this.#mapping[row.label ?? -1]?.classIndex === null).length,
        disagreements: predicted.filter((row) => (row.prediction?.labelRank ?? 1) !== 1).length,
        explained: this.rows.filter((row) => row.explained).length,
        reviewed: this.rows.filter((row) => row.verdict !== null).length,
      },
      splits: [],
      warnings: [],
      doubts: [],
      predictionCancelled: this.predictionCancelled,
      access: this.options.access,
    };
  }

  /** Predicts what is not predicted, `step` images at a time, telling of it as the application would. */
  async predictRest(step: number, pause: number): Promise<void> {
    const next = seededRandom(11);
    const todo = this.rows.filter((row) => row.prediction === null && row.error === null);
    const job: Job = {
      id: jobId('predict-1'),
      kind: 'predict',
      title: `Predicting ${todo.length.toLocaleString('en-US')} images`,
      state: 'running',
      done: 0,
      total: todo.length,
      rate: null,
      eta: null,
      waitsFor: null,
      skipped: 0,
      error: null,
    };
    for (let done = 0; done < todo.length; done += step) {
      await wait(pause);
      const batch = todo.slice(done, done + step);
      for (const row of batch) {
        const prediction = this.#predict(row.label ?? 0, next);
        const scores = { 'self-confidence': prediction.labelProbability ?? 0 };
        this.rows[row.id - 1] = { ...row, prediction, scores };
      }
      const rate = (step / Math.max(1, pause)) * 1000;
      this.emit('job', { ...job, done: done + batch.length, rate, eta: (todo.length - done) / rate });
      this.emit('change', { images: batch.map((row) => row.id) });
      this.emit('project', this.summary());
    }
    this.emit('job', { ...job, done: todo.length, state: 'done' });
  }

  #makeRow(label: number, index: number, next: () => number): ImageRow {
    const prediction = this.#predict(label, next);
    const known = index < this.options.labels.length * this.options.predicted;
    const explained = known && prediction.labelRank !== 1 && next() < 0.4;
    return {
      id: imageId(index + 1),
      file: `t10k-images-idx3-ubyte.gz#${String(index)}`,
      label: labelIndex(label),
      split: 'test',
      width: this.options.width,
      height: this.options.height,
      error: index % 2500 === 2499 ? 'The file ends in the middle of the image' : null,
      prediction: known && index % 2500 !== 2499 ? prediction : null,
      scores: known && index % 2500 !== 2499 ? { 'self-confidence': prediction.labelProbability ?? 0 } : {},
      disagreement: explained
        ? ((['contradicted', 'same-evidence', 'elsewhere', 'unfounded'] as const)[index % 4] ?? null)
        : null,
      explained,
      verdict: null,
    };
  }

  #predict(label: number, next: () => number): NonNullable<ImageRow['prediction']> {
    const count = this.options.names.length;
    const weights = Array.from({ length: count }, () => next() ** 12);
    weights[label] = (weights[label] ?? 0) + (next() < 0.088 ? next() * 0.3 : 2 + 40 * next());
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const ranked = weights
      .map((weight, index) => ({ classIndex: index as ClassIndex, probability: weight / sum }))
      .sort((a, b) => b.probability - a.probability);
    const rank = ranked.findIndex((entry) => entry.classIndex === label);
    const own = ranked[rank]?.probability ?? 0;
    return {
      top: ranked.slice(0, 5),
      labelClass: label as ClassIndex,
      labelProbability: own,
      labelRank: rank + 1,
    };
  }

  #model(): ModelSummary {
    const { grid, names, model } = this.options;
    return model ?? demoSummary(names, grid);
  }

  #row(id: ImageId): ImageRow {
    const row = this.rows[id - 1];
    if (row === undefined) throw new AppError('IMAGE_NOT_FOUND', `There is no image ${String(id)}`);
    return row;
  }

  #valueOf(row: ImageRow, column: ColumnId): ConditionValue {
    switch (column) {
      case 'label':
        return row.label;
      case 'prediction':
        return row.prediction?.top[0]?.classIndex ?? null;
      case 'state':
        return this.#stateOf(row);
      case 'disagreement':
        return row.disagreement;
      case 'verdict':
        return row.verdict?.kind ?? null;
      case 'split':
        return row.split;
      default:
        return null;
    }
  }

  #matches(row: ImageRow, filter: Filter, without?: ColumnId): boolean {
    for (const column of new Set(filter.map((condition) => condition.column))) {
      const values = valuesOf(filter, column);
      if (column !== without && values.length > 0 && !values.includes(this.#valueOf(row, column))) return false;
    }
    const text = searchedText(filter).toLowerCase();
    if (text === '') return true;
    const { names } = this.options;
    const top = row.prediction?.top[0]?.classIndex;
    return [row.file, names[row.label ?? -1] ?? '', names[top ?? -1] ?? ''].some((one) =>
      one.toLowerCase().includes(text),
    );
  }

  #stateOf(row: ImageRow): 'disagree' | 'agree' | 'unreadable' | null {
    if (row.error !== null) return 'unreadable';
    if (row.prediction === null) return null;
    return row.prediction.labelRank === 1 ? 'agree' : 'disagree';
  }

  #query(filter: Filter, order: Order): Uint32Array {
    const key = (row: ImageRow): number | string => {
      switch (order.by) {
        case 'file':
          return row.id;
        case 'label':
          return this.options.names[row.label ?? -1] ?? '';
        case 'prediction':
          return this.options.names[row.prediction?.top[0]?.classIndex ?? -1] ?? '~';
        case 'verdict-time':
          return row.verdict?.at ?? 0;
        case 'top-probability':
          return row.prediction?.top[0]?.probability ?? 2;
        case 'suspicion':
          return (this.#stateOf(row) === 'agree' ? 2 : 0) + (row.scores['self-confidence'] ?? 4);
        default:
          return row.scores[order.by as ScoreId] ?? 2;
      }
    };
    const keyed = this.rows.filter((row) => this.#matches(row, filter)).map((row) => ({ id: row.id, key: key(row) }));
    keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id - b.id) * (order.descending ? -1 : 1));
    return Uint32Array.from(keyed, (entry) => entry.id);
  }

  #facets(filter: Filter): GalleryFacets {
    const tally = (column: ColumnId): ValueCount[] => {
      const counts = new Map<ConditionValue, number>();
      for (const row of this.rows) {
        const one = this.#valueOf(row, column);
        if (this.#matches(row, filter, column)) counts.set(one, (counts.get(one) ?? 0) + 1);
      }
      return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
    };
    const columns = ['label', 'prediction', 'state', 'disagreement', 'verdict', 'split'] as const;
    return { values: Object.fromEntries(columns.map((column) => [column, tally(column)])), ranges: {} };
  }

  #confusion(): ConfusionCell[] {
    const cells = new Map<string, { label: LabelIndex; prediction: ClassIndex; count: number }>();
    for (const row of this.rows) {
      const prediction = row.prediction?.top[0]?.classIndex;
      if (row.label === null || prediction === undefined) continue;
      const key = `${String(row.label)} ${String(prediction)}`;
      const cell = cells.get(key) ?? { label: row.label, prediction, count: 0 };
      cell.count += 1;
      cells.set(key, cell);
    }
    return [...cells.values()];
  }

  #tis(): TisParameters {
    return tisParameters(this.#settings, this.#model());
  }

  /** Maps that take time settle on the way; asking for another image ends it. */
  async #explain(id: ImageId, extra: readonly ClassIndex[]): Promise<Explanation> {
    this.#explainTurn += 1;
    const turn = this.#explainTurn;
    const row = this.#row(id);
    const { grid, delay, failMaps } = this.options;
    const parameters = this.#tis();
    const scored = scoredMasks(parameters);
    const top = row.prediction?.top.map((entry) => entry.classIndex) ?? [];
    const own = row.prediction?.labelClass ?? null;
    const classes = [...new Set([...(own === null ? [] : [own]), ...top, ...extra])];
    const steps = Math.max(1, Math.min(16, Math.floor(delay / 100)));
    const mapsAfter = (masks: number): Omit<SettlingMaps, 'scored' | 'total'> => ({
      imageId: id,
      gridWidth: grid,
      gridHeight: grid,
      maps: classes.map((classIndex) => fakeTisMap(id, classIndex, row, { grid, share: masks / scored })),
    });
    for (let step = 1; step <= steps; step += 1) {
      await wait(delay / steps);
      if (turn !== this.#explainTurn && delay > 0) throw new AppError('CANCELLED', 'The maps were cancelled.');
      if (failMaps && step >= steps / 2) {
        throw new AppError(
          'ENGINE_STOPPED',
          'The engine stopped while it computed the maps of this image.',
          'Try again; a new engine is started by itself.',
        );
      }
      const masks = Math.round((scored * step) / steps);
      if (step < steps) this.emit('settling', { ...mapsAfter(masks), scored: masks, total: parameters.masks });
    }
    this.rows[id - 1] = { ...this.#row(id), explained: true };
    return {
      ...mapsAfter(scored),
      disagreement: row.prediction?.labelRank === 1 ? null : this.#disagreement(row),
      parameters,
      scored,
      milliseconds: 1240,
      cached: row.explained,
    };
  }

  /** Cheap methods come at once, heavy ones in steps that are told of; `compare.cancel` ends them. */
  async #maps(id: ImageId, method: RowId, classes: readonly ClassIndex[]): Promise<RowMap[]> {
    const turn = this.#mapTurn;
    const keys = classes.map((classIndex) => `${String(id)} ${method} ${String(classIndex)}`);
    const cached = keys.every((key) => this.#mapped.has(key));
    const maps =
      method === contrastRow
        ? this.#contrasts(id, classes, cached)
        : fakeMaps(id, method, classes, this.options.grid, cached);
    const steps = cached ? 1 : Math.min(40, Math.ceil((maps[0]?.cost.forward ?? 1) / 16));
    for (let done = 1; done <= steps; done += 1) {
      await wait(cached ? 0 : this.options.delay / 8);
      if (turn !== this.#mapTurn) throw new AppError('CANCELLED', 'The maps were cancelled.');
      this.emit('mapProgress', { id, method, done, total: steps });
    }
    if (this.options.failMaps && method !== 'rollout') {
      throw new AppError(
        'ENGINE_STOPPED',
        'The engine stopped while it computed the maps of this image.',
        'Try again; a new engine is started by itself.',
      );
    }
    for (const key of keys) this.#mapped.add(key);
    return maps;
  }

  /** Out of the evidence of {@link fakeTisMap}, as the inspector has it. */
  #contrasts(id: ImageId, classes: readonly ClassIndex[], cached: boolean): RowMap[] {
    const row = this.#row(id);
    const { grid } = this.options;
    const ranking = row.prediction?.top.map((entry) => entry.classIndex) ?? [];
    return classes.map((one) => {
      const against = rivalOf(one, row.prediction?.labelClass ?? null, ranking);
      if (against === null) throw new AppError('METHOD_UNSUPPORTED', 'There is no other class.');
      const [a, b] = [one, against].map((wish) => fakeTisMap(id, wish, row, { grid, share: 1 }).evidence);
      if (!a || !b) throw new AppError('INTERNAL', 'Fake maps have evidence.');
      const whole = contrastMap(a, b);
      return {
        imageId: id,
        method: contrastRow,
        classIndex: one,
        width: grid,
        height: grid,
        values: beyondError(whole),
        contrast: { against, whole },
        parameters: methodParameters('tis'),
        milliseconds: 1240,
        cost: { forward: 1025, backward: 0 },
        cached,
      };
    });
  }

  #disagreement(row: ImageRow): Disagreement {
    const evidence = {
      contrast: { value: 0.42, error: 0.2 },
      centre: { value: 0.02, error: 0.05 },
      around: { value: -0.01, error: 0.02 },
      formed: false,
      place: null,
    };
    return {
      kind: row.disagreement ?? 'contradicted',
      measures: {
        spearman: { value: -0.31, error: 0.04 },
        topOverlap: { value: 0.08, error: 0.03 },
        labelOnPrediction: { value: -0.24, error: 0.05 },
        label: evidence,
        prediction: { ...evidence, contrast: { value: 2.1, error: 0.14 }, formed: true, place: 'upper-left' },
      },
    };
  }

  /** Puts a step into effect and tells of it. */
  #decide(step: FakeStep, action: JournalEntry['action']): CallResult<'verdict.give'> {
    const reviewer = this.#settings.reviewer;
    const there = step.filter(({ id }) => !this.lost.has(id));
    const gone = step
      .filter(({ id }) => this.lost.has(id))
      .map(({ id, before, after }) => ({ file: this.#row(id).file, before, after }));
    const changes = there.map(({ id, before, after }) => {
      const row = { ...this.#row(id), verdict: after };
      this.rows[id - 1] = row;
      const entry = { at: Date.now(), reviewer, action, verdict: after, ofOtherPicture: false };
      this.#history.set(id, [...(this.#history.get(id) ?? []), entry]);
      return { row, before, after };
    });
    queueMicrotask(() => {
      this.emit('change', { images: there.map(({ id }) => id) });
    });
    return { changes, gone, canUndo: this.#undo.length > 0, canRedo: this.#redo.length > 0 };
  }

  #begin(ids: readonly number[], after: Verdict | null): FakeStep {
    const step = ids.map((id) => ({ id: imageId(id), before: this.#row(imageId(id)).verdict, after }));
    this.#undo.push(step);
    this.#redo.length = 0;
    return step;
  }

  #pick(what: CallInput<'newAudit.pick'>['what']): NewAuditState {
    const newAudit = this.#newAuditOf();
    const { names, labels } = this.options;
    let next: NewAuditState = newAudit;
    if (what === 'dataset-folder' || what === 'dataset-file') {
      const counts = names.map((name, index) => ({ name, count: labels.filter((label) => label === index).length }));
      next = {
        ...newAudit,
        name: 'fashion',
        dataset: {
          path: '/home/ana/data/fashion',
          format: 'idx',
          candidates: ['idx', 'folder-per-class'],
          images: labels.length,
          labels: counts,
          splits: [{ name: 'test', count: labels.length }],
          warnings: ['3 rows of the label table name files that are not there.'],
        },
      };
    } else if (what === 'labels') next = { ...newAudit, labelsFile: '/home/ana/data/labels.csv' };
    else if (what === 'place') next = { ...newAudit, place: '/home/ana/audits' };
    else if (what === 'class-names') {
      next = {
        ...newAudit,
        modelChoice: { ...newAudit.modelChoice, classNames: { kind: 'file', path: 'classes.txt' } },
      };
    } else next = { ...newAudit, model: this.#model(), modelChoice: unchosen, refusedModel: null };
    return this.#keep({ ...next, mapping: next.dataset !== null && next.model !== null ? this.#mapping : [] });
  }

  /** The square in the middle of every image. */
  #squareView(): FractionRect {
    const { width, height } = this.options;
    const side = Math.min(width, height);
    const [across, down] = [side / width, side / height];
    return { left: (1 - across) / 2, top: (1 - down) / 2, width: across, height: down };
  }

  /** A model that takes the sizes it is given, but no crop other than its input. */
  #prepare(choice: PreprocessingChoice | null): NewAuditState {
    const newAudit = this.#newAuditOf();
    const { preprocessing, inputWidth } = this.#model();
    if (choice?.crop !== undefined && choice.crop !== inputWidth) {
      throw new AppError('BAD_USAGE', `The crop gives ${String(choice.crop)} x ${String(choice.crop)}.`, 'Crop to 28.');
    }
    const {
      interpolation = preprocessing.interpolation,
      mean = preprocessing.mean,
      std = preprocessing.std,
    } = choice ?? {};
    const model: ModelSummary = { ...this.#model(), preprocessing: { ...preprocessing, interpolation, mean, std } };
    return this.#keep({ ...newAudit, model, modelChoice: { ...newAudit.modelChoice, preprocessing: choice } });
  }

  #keep(newAudit: NewAuditState): NewAuditState {
    const missing = [
      ...(newAudit.dataset === null ? ['Choose the data.'] : []),
      ...(newAudit.model === null ? ['Choose a model.'] : []),
    ];
    this.#newAudit = { ...newAudit, missing };
    return this.#newAudit;
  }

  #newAuditOf(): NewAuditState {
    if (this.#newAudit === null) throw new AppError('NO_PROJECT', 'There is no new audit.');
    return this.#newAudit;
  }

  #openProject(): ProjectSummary {
    this.#open = true;
    this.emit('project', this.summary());
    return this.summary();
  }

  #remap(rows: readonly { label: number; classIndex: number | null }[]): MappingRow[] {
    this.#mapping = this.#mapping.map((row) => {
      const to = rows.find((one) => one.label === row.label)?.classIndex ?? null;
      return to === row.classIndex
        ? row
        : { ...row, classIndex: to as ClassIndex | null, by: to === null ? 'none' : 'person' };
    });
    return this.#mapping;
  }

  #order(order: ClassOrder): MappingRow[] {
    const positions = positionsIn(order, this.options.names, this.#model()) ?? [];
    this.#mapping = this.#mapping.map((row, at) => ({ ...row, classIndex: positions[at] as ClassIndex, by: 'person' }));
    return this.#mapping;
  }

  readonly #handlers: Handlers = {
    'app.info': () => ({
      version: '0.1.0',
      platform: 'linux',
      provider: this.options.provider,
    }),
    'settings.get': () => this.#settings,
    'settings.set': (patch) => {
      const before = this.#tis();
      this.#settings = { ...this.#settings, ...(patch as Partial<Settings>) };
      if (this.#open && !sameTis(before, this.#tis())) this.emit('project', this.summary());
      return this.#settings;
    },
    'project.recent': () => [
      { recent: 0, name: 'Fashion demo', place: '/home/ana/audits', openedAt: Date.now() - 3_600_000, exists: true },
      {
        recent: 1,
        name: 'Snakes of Europe',
        place: '/home/ana/audits/snakes',
        openedAt: Date.UTC(2026, 2, 3, 14, 3),
        exists: true,
      },
      { recent: 2, name: 'Old disk', place: '/media/old', openedAt: Date.UTC(2025, 10, 3, 9, 12), exists: false },
    ],
    'project.forget': () => [],
    'project.openRecent': () => this.#openProject(),
    'project.openDemo': () => this.#openProject(),
    'project.openDialog': () => null,
    'project.saveCopy': () => null,
    'project.rename': ({ name }) => {
      this.#name = name.trim();
      this.emit('project', this.summary());
      return this.summary();
    },
    'project.close': () => {
      this.#open = false;
      this.emit('project', null);
      return null;
    },
    'project.current': () => (this.#open ? this.summary() : null),
    'project.setMapping': ({ rows }) => {
      this.#remap(rows);
      return this.summary();
    },
    'project.setClassOrder': ({ order }) => {
      this.#order(order);
      return this.summary();
    },
    'newAudit.setClassOrder': ({ order }) => this.#keep({ ...this.#newAuditOf(), mapping: this.#order(order) }),
    'newAudit.create': () =>
      this.#keep({
        name: 'Untitled',
        place: '/home/ana',
        dataset: null,
        labelsFile: null,
        model: null,
        modelChoice: unchosen,
        refusedModel: null,
        mapping: [],
        missing: [],
      }),
    'newAudit.discard': () => {
      this.#newAudit = null;
      return null;
    },
    'newAudit.pick': async ({ what }) => {
      await wait(this.options.delay);
      return this.#pick(what);
    },
    'newAudit.setFormat': ({ format }) => {
      const newAudit = this.#newAuditOf();
      return this.#keep({ ...newAudit, dataset: newAudit.dataset === null ? null : { ...newAudit.dataset, format } });
    },
    'newAudit.setPreprocessing': async ({ choice }) => {
      await wait(this.options.delay);
      return this.#prepare(choice);
    },
    'newAudit.setClassNames': ({ from }) => {
      const newAudit = this.#newAuditOf();
      const classNames = from === 'imagenet' ? ({ kind: 'imagenet' } as const) : null;
      return this.#keep({ ...newAudit, modelChoice: { ...newAudit.modelChoice, classNames } });
    },
    'newAudit.setModelValues': ({ values }) => {
      const newAudit = this.#newAuditOf();
      return this.#keep({
        ...newAudit,
        model: this.#model(),
        modelChoice: { ...unchosen, values },
        refusedModel: null,
      });
    },
    'newAudit.importMapping': () => this.#newAuditOf(),
    'newAudit.exportMapping': () => 'mapping.csv',
    'project.importMapping': () => this.summary(),
    'project.exportMapping': () => 'mapping.csv',
    'newAudit.setMapping': ({ rows }) => this.#keep({ ...this.#newAuditOf(), mapping: this.#remap(rows) }),
    'newAudit.setName': ({ name }) => this.#keep({ ...this.#newAuditOf(), name }),
    'newAudit.preview': async () => {
      await wait(this.options.delay);
      return this.rows.slice(0, 10).map((row, index) => ({
        index,
        file: row.file,
        label: this.options.names[row.label ?? -1] ?? null,
        top: row.prediction?.top ?? [],
        modelView: this.#squareView(),
        error: null,
      }));
    },
    'newAudit.start': () => this.#openProject(),
    'gallery.query': async ({ filter, order }) => {
      await wait(this.options.listing);
      return { ids: this.#query(filter, order), total: this.rows.length };
    },
    'gallery.facets': ({ filter }) => this.#facets(filter),
    'gallery.rows': ({ ids }) => ids.map((id) => this.#row(imageId(id))),
    'image.detail': ({ id }): ImageDetail => ({
      ...this.#row(imageId(id)),
      sha256: 'ab'.repeat(32),
      bytes: this.options.width * this.options.height,
      modelView: this.#view(),
      duplicates:
        id % 40 === 0
          ? [{ id: imageId(id + 1), file: this.#row(imageId(id + 1)).file, label: this.#row(imageId(id + 1)).label }]
          : [],
      history: this.#history.get(id) ?? [],
    }),
    'explain.get': ({ id, classes }) => this.#explain(imageId(id), (classes ?? []) as ClassIndex[]),
    'explain.prefetch': () => null,
    'compare.methods': () =>
      methodIds.map((id) => ({
        id,
        parameters: methodParameters(id),
        refusal: this.options.refused[id] ?? null,
      })),
    'compare.maps': ({ id, method, classes }) => this.#maps(imageId(id), method, classes as ClassIndex[]),
    'compare.cancel': () => {
      this.#mapTurn += 1;
      return null;
    },
    'compare.export': async ({ id, format }) => {
      await wait(this.options.delay);
      return `${this.#row(imageId(id)).label === null ? 'image' : 'boot'}-methods.${format}`;
    },
    'compare.contact': ({ ids, methods }) =>
      this.#job('sheet', `Contact sheet of ${String(ids.length)} images by ${String(methods.length)} methods`),
    'speed.measure': async () => {
      await wait(Math.min(3000, this.options.delay));
      return fakeSpeed(this.options.provider.name, this.#tis(), this.options.gain);
    },
    'speed.fidelity': async ({ precision }) => {
      await wait(this.options.delay);
      return fakeFidelity(precision, this.rows.length);
    },
    'verdict.give': async ({ ids, verdict }) => {
      await wait(this.options.writing);
      if (!verdictKinds.includes(verdict.kind)) throw new AppError('BAD_USAGE', 'No such verdict.');
      const given = { ...verdict, reviewer: this.#settings.reviewer, at: Date.now() };
      return this.#decide(this.#begin(ids, given), 'give');
    },
    'verdict.clear': ({ ids }) => {
      const judged = ids.filter((id) => this.#row(imageId(id)).verdict !== null);
      return this.#decide(judged.length === 0 ? [] : this.#begin(judged, null), 'clear');
    },
    'verdict.undo': () => {
      const step = this.#undo.pop();
      if (step === undefined) throw new AppError('NOTHING_TO_UNDO', 'There is nothing to undo.');
      this.#redo.push(step);
      return this.#decide(
        step.map(({ id, before, after }) => ({ id, before: after, after: before })),
        'undo',
      );
    },
    'verdict.redo': () => {
      const step = this.#redo.pop();
      if (step === undefined) throw new AppError('NOTHING_TO_UNDO', 'There is nothing to redo.');
      this.#undo.push(step);
      return this.#decide(step, 'redo');
    },
    'model.inspect': async () => {
      await wait(this.options.delay);
      return fakeReport(this.#model());
    },
    'model.compare': async ({ what }) => {
      await wait(this.options.delay);
      const { names } = this.options;
      return fakeReport(what === 'model-file' ? vitBaseSummary(names) : distilledSummary(names));
    },
    'confusion.get': () => this.#confusion(),
    'jobs.list': () => [],
    'jobs.cancel': () => null,
    'project.rescan': () => this.summary(),
    'project.relink': () => null,
    'jobs.retry': () => this.#job('predict', 'Predicting images'),
    'jobs.predict': () => {
      this.predictionCancelled = false;
      return this.#job('predict', 'Predicting images');
    },
    'jobs.explain': ({ count }) => this.#job('explain', `Computing maps of ${String(count)} images`),
    'report.create': () => this.#job('report', 'Writing the report'),
    'report.open': () => null,
  };

  /** What a model with a centre crop sees of the image. */
  #view(): { left: number; top: number; width: number; height: number } {
    const { width, height } = this.options;
    const side = Math.min(width, height) * (width === height ? 1 : 0.875);
    return {
      left: (1 - side / width) / 2,
      top: (1 - side / height) / 2,
      width: side / width,
      height: side / height,
    };
  }

  #job(kind: Job['kind'], title: string): Job {
    const job: Job = {
      id: jobId(`${kind}-${String(this.calls.length)}`),
      kind,
      title,
      state: 'running',
      done: 0,
      total: 40,
      rate: null,
      eta: null,
      waitsFor: null,
      skipped: 0,
      error: null,
    };
    void this.#run(job);
    return job;
  }

  async #run(job: Job): Promise<void> {
    for (let done = 0; done <= job.total; done += 4) {
      await wait(this.options.delay === 0 ? 0 : 120);
      this.emit('job', { ...job, done, rate: 33, eta: (job.total - done) / 33 });
    }
    this.emit('job', { ...job, done: job.total, state: 'done' });
  }
}
