/** The contact sheet: images by methods, the map of one class for each image, and what speaks for its prediction rather than another. */

import type { MethodParameters } from '../../shared/methods.js';
import type { SheetLook } from '../../shared/sheet.js';
import type { RowId } from '../../shared/sheet-rows.js';
import { percent } from '../../shared/figures.js';
import { firstName } from '../../shared/readable-names.js';
import { addTook, contrastWords, methodCaption, type Took } from './captions.js';
import { gridSheet, type MapOrReason } from './grid-sheet.js';
import { parameterLines, type SheetModel, shortHash } from './method-sheet.js';
import type { Sheet, SheetCaption, SheetPicture } from './sheet.js';

/** One image of the sheet. */
export interface ContactImage {
  /** File name, for display. */
  readonly file: string;
  readonly picture: SheetPicture;
  /** Name of its label; null without one. */
  readonly label: string | null;
  readonly prediction: { readonly name: string; readonly probability: number } | null;
  /** Name of the class that the maps are of. */
  readonly shown: string;
  /** One a method, in their order. */
  readonly maps: readonly MapOrReason[];
  /** What each map took; null when unknown. */
  readonly took: readonly (Took | null)[];
}

export interface ContactSheetInput {
  readonly title: string;
  /** Which class each image's maps are of, in a few words: 'Maps of the label'. */
  readonly classes: string;
  readonly model: SheetModel;
  readonly methods: readonly { readonly method: RowId; readonly parameters: MethodParameters }[];
  readonly images: readonly ContactImage[];
  readonly look: SheetLook;
  /** Further lines of the footer. */
  readonly notes?: readonly string[];
}

function imageCaption({ file, label, prediction, shown, maps }: ContactImage): SheetCaption {
  const predicted = prediction === null ? null : `${firstName(prediction.name)} ${percent(prediction.probability)}`;
  const contrasts = maps.flatMap((map) => ('missing' in map ? [] : (map.contrast ?? [])));
  const named = shown === label || shown === prediction?.name;
  return {
    main: file,
    small: [
      ...(label === null ? [] : [`label: ${firstName(label)}`]),
      ...(predicted === null ? [] : [`prediction: ${predicted}`]),
      // The class of the maps, where neither line tells it.
      ...(named ? [] : [`maps: ${firstName(shown)}`]),
      ...contrasts.map((pair) => `contrast: ${contrastWords(pair)}`),
    ],
  };
}

/** What a map took on average; null where nothing is known. */
function usualTook(images: readonly ContactImage[], column: number): Took | null {
  const runs = images.flatMap(({ took }) => took[column] ?? []);
  if (runs.length === 0) return null;
  const { milliseconds, cost } = addTook(runs);
  const share = (total: number): number => Math.round(total / runs.length);
  return {
    milliseconds: milliseconds / runs.length,
    cost: { forward: share(cost.forward), backward: share(cost.backward) },
  };
}

/** Lays out the maps of many images: methods down and images across, or images down and methods across when transposed. */
export function contactSheet({ title, classes, model, methods, images, look, notes = [] }: ContactSheetInput): Sheet {
  const beside = usualTook(
    images,
    methods.findIndex(({ method }) => method === 'tis'),
  );
  return gridSheet({
    title,
    subtitle: `${classes} · model: ${model.name}`,
    pictures: images.map(({ picture }) => picture),
    subjects: images.map((image, row) => ({ caption: imageCaption(image), picture: row })),
    methods: methods.map(({ method }, column) => ({
      id: method,
      caption: methodCaption(method, usualTook(images, column), { each: true, beside }),
    })),
    maps: images.map(({ maps }) => methods.map((_, column) => maps[column] ?? { missing: 'No map' })),
    look,
    footer: [
      ...parameterLines(methods),
      ...notes,
      `Times and passes are means over the images. Model ${model.name} (${shortHash(model.hash)}).`,
    ],
  });
}
