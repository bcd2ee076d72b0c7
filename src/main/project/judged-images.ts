/** Decisions on the images of an open project: files are judged, and the rows on screen follow. */

import { type ImageId, imageId } from '../../shared/audit.js';
import type { GoneChange, MergeOutcome, VerdictOutcome, VerdictSteps } from '../../shared/calls/verdict.js';
import type { Progress } from '../../shared/progress.js';
import type { SqliteFile } from '../database/sqlite.js';
import type { Gallery } from './gallery.js';
import type { Images } from './images.js';
import { mergeVerdicts } from './merge-verdicts.js';
import type { JudgedFile } from '../decisions/said.js';
import {
  type FileStep,
  type GivenVerdict,
  type Step,
  unreadableContent,
  type Verdicts,
} from '../decisions/verdicts.js';

/** What decisions are made on. */
export interface JudgedSurroundings {
  readonly folder: string;
  readonly file: SqliteFile;
  readonly verdicts: Verdicts;
  readonly images: Images;
  /** The gallery of the moment. */
  readonly gallery: () => Gallery;
  /** Throws where a decision cannot be kept: asked before it is written. */
  readonly requireWritable: () => void;
  /** Throws where what was written cannot be found again. */
  readonly requireFound: () => void;
}

export class JudgedImages {
  readonly #around: JudgedSurroundings;

  constructor(around: JudgedSurroundings) {
    this.#around = around;
  }

  /** What the reviewer can take back and do again. */
  steps(): VerdictSteps {
    const { canUndo, canRedo } = this.#around.verdicts;
    return { canUndo, canRedo };
  }

  give(ids: readonly ImageId[], verdict: GivenVerdict, at: number): VerdictOutcome {
    const files = this.#judgedFiles(ids);
    return this.#decide((verdicts) => verdicts.give(files, verdict, at));
  }

  clear(ids: readonly ImageId[], at: number): VerdictOutcome {
    const files = this.#judgedFiles(ids);
    return this.#decide((verdicts) => verdicts.clear(files, at));
  }

  undo(at: number): VerdictOutcome {
    return this.#decide((verdicts) => verdicts.undo(at));
  }

  redo(at: number): VerdictOutcome {
    return this.#decide((verdicts) => verdicts.redo(at));
  }

  *merge(other: string): Generator<Progress, MergeOutcome, void> {
    const { folder, file, verdicts, images, gallery, requireWritable, requireFound } = this.#around;
    requireWritable();
    let outcome: Omit<MergeOutcome, 'unsettled'> | null = null;
    try {
      const { files, ...taken } = yield* mergeVerdicts(file, folder, {
        other,
        isHere: (name) => images.idOf(name) !== undefined,
      });
      outcome = { ...taken, elsewhere: files.filter((name) => images.idOf(name) === undefined).length };
    } finally {
      // Also where it was given up half way.
      requireFound();
      verdicts.forget();
      for (const name of verdicts.files()) gallery().judged(name);
    }
    return { ...outcome, unsettled: gallery().counts().unsettled };
  }

  /** The files of a decision, each once, with what they hold. */
  #judgedFiles(ids: readonly ImageId[]): JudgedFile[] {
    return [...new Set(ids)].map((id) => {
      const { file, sha256, error } = this.#around.images.row(id);
      return { file, sha256: sha256 ?? (error === null ? null : unreadableContent) };
    });
  }

  /** A decision counts when the file that holds it can be found again: looked at before and after it is written. */
  #decide(write: (verdicts: Verdicts) => Step): VerdictOutcome {
    const { verdicts, requireWritable, requireFound } = this.#around;
    requireWritable();
    const step = write(verdicts);
    requireFound();
    return this.#outcome(step);
  }

  #outcome(step: Step): VerdictOutcome {
    const { images, gallery } = this.#around;
    const changed = new Map<number, FileStep>();
    const gone: GoneChange[] = [];
    for (const part of step) {
      const id = images.idOf(part.file);
      if (id === undefined) gone.push({ file: part.file, ...verdictsOf(part) });
      else {
        gallery().judged(part.file);
        changed.set(id, part);
      }
    }
    const changes = gallery()
      .rows(Array.from(changed.keys(), imageId))
      .map((row) => ({ row, ...verdictsOf(changed.get(row.id)) }));
    return { changes, gone, ...this.steps() };
  }
}

/** The verdicts before and after a step on a file. */
function verdictsOf(part: FileStep | undefined): Pick<GoneChange, 'before' | 'after'> {
  return { before: part?.before ?? null, after: part?.after ?? null };
}
