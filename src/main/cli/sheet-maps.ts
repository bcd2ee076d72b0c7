/** Computes the maps of several methods on the command line, in groups of images, with progress. */

import { methodFacts, type MethodId } from '../../shared/methods.js';
import type { Engine, MethodInput, MethodOutcome, ModelLocation, RunProgress } from '../engine/engine.js';
import type { SheetPicture } from '../sheet/sheet.js';
import { sourceOf } from './explain-images.js';
import type { ChosenMethod } from './method-options.js';
import { MeasuredLine, ProgressLine } from './terminal.js';

/** What every call of the engine needs. */
export interface MapsContext {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly location: ModelLocation;
}

/** An image with the classes whose maps are wanted. */
export interface MapsSubject {
  /** Path as it was given. */
  readonly image: string;
  readonly classes: readonly number[];
}

/** Images a call: few enough that progress moves and Ctrl+C is soon heard. */
const groupSizes = { light: 8, medium: 2, heavy: 1 } as const;

function titleOf(id: MethodId, place: string, first: number, size: number, images: number): string {
  if (images === 1) return `${methodFacts(id).name} (${place})`;
  const range = size === 1 ? `image ${first + 1}` : `images ${first + 1} to ${first + size}`;
  return `${methodFacts(id).name} (${place}), ${range} of ${images}`;
}

/**
 * The maps of every subject by every method: `[methods][subjects]`.
 * @throws AppError as `Engine.explainWith` does, `CANCELLED` among them
 */
export async function computeMaps(
  { engine, signal, location }: MapsContext,
  methods: readonly ChosenMethod[],
  subjects: readonly MapsSubject[],
): Promise<readonly (readonly MethodOutcome[])[]> {
  const line = new ProgressLine();
  const inputs: readonly MethodInput[] = subjects.map(({ image, classes }) => ({
    input: sourceOf(image),
    classes,
    top: 0,
  }));
  const made: MethodOutcome[][] = [];
  try {
    for (const [at, { id, parameters }] of methods.entries()) {
      const outcomes: MethodOutcome[] = [];
      const size = groupSizes[methodFacts(id).cost];
      for (let first = 0; first < inputs.length; first += size) {
        const group = inputs.slice(first, first + size);
        const place = `${at + 1} of ${methods.length}`;
        const progress = new MeasuredLine(line, titleOf(id, place, first, group.length, inputs.length));
        const onProgress = ({ done, total }: RunProgress): void => progress.reach(done, total);
        const request = { method: id, parameters };
        outcomes.push(
          ...(await engine.explainWith({ model: location, inputs: group, request }, { signal, onProgress })),
        );
      }
      made.push(outcomes);
    }
  } finally {
    line.clear();
  }
  return made;
}

/** What the model sees of an image, for a sheet. */
export async function seenPicture({ engine, signal, location }: MapsContext, image: string): Promise<SheetPicture> {
  const { bytes, width, height } = await engine.modelPicture({ model: location, source: sourceOf(image) }, { signal });
  return { png: bytes, width, height };
}
