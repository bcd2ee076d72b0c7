/** The frame that both kinds of sheets share: methods along one axis, classes or images along the other, pictures first. */

import type { SheetLook } from '../../shared/sheet.js';
import type { RowId } from '../../shared/sheet-rows.js';
import type { ContrastNames } from './captions.js';
import type { Sheet, SheetCaption, SheetCell, SheetMap, SheetPicture } from './sheet.js';

/** Values of one map, as the engine or the project give them. */
export interface MapValues {
  readonly width: number;
  readonly height: number;
  /** `[height * width]` row-major, raw. */
  readonly values: Float32Array;
  /** Of a contrast: which class rather than which. */
  readonly contrast?: ContrastNames | undefined;
}

/** A map, or why there is none. */
export type MapOrReason = MapValues | { readonly missing: string };

/** A class or an image. */
export interface GridSubject {
  readonly caption: SheetCaption;
  /** Index into {@link GridInput.pictures}. */
  readonly picture: number;
}

export interface GridMethod {
  readonly id: RowId;
  readonly caption: SheetCaption;
}

export interface GridInput {
  readonly title: string;
  readonly subtitle: string;
  readonly pictures: readonly SheetPicture[];
  readonly subjects: readonly GridSubject[];
  readonly methods: readonly GridMethod[];
  /** `[subjects][methods]`. */
  readonly maps: readonly (readonly MapOrReason[])[];
  readonly look: SheetLook;
  readonly footer: readonly string[];
}

/** Stands where the methods stand, for the picture as the model sees it. */
function pictureCaption(picture: SheetPicture | undefined): SheetCaption {
  const size = picture === undefined ? [] : [`${String(picture.width)} × ${String(picture.height)} px`];
  return { main: 'Input', small: size };
}

function mapCell(subject: GridSubject, method: RowId, content: MapOrReason | undefined): SheetCell {
  const { picture } = subject;
  if (content === undefined) return { picture: null, map: null, missing: null };
  if ('missing' in content) return { picture, map: null, missing: content.missing };
  const { width, height, values } = content;
  const map: SheetMap = { method, width, height, values };
  return { picture, map, missing: null };
}

/** Puts a sheet together; `look.transposed` lays the methods across instead of down. */
export function gridSheet({ title, subtitle, pictures, subjects, methods, maps, look, footer }: GridInput): Sheet {
  const lines = subjects.map((subject, row) => [
    { picture: subject.picture, map: null, missing: null },
    ...methods.map(({ id }, column) => mapCell(subject, id, maps[row]?.[column])),
  ]);
  const methodCaptions = [pictureCaption(pictures[0]), ...methods.map(({ caption }) => caption)];
  const subjectCaptions = subjects.map(({ caption }) => caption);
  const facts = { title, subtitle, pictures, look, footer };
  if (look.transposed) return { ...facts, columns: methodCaptions, rows: subjectCaptions, cells: lines };
  const turned = methodCaptions.map((_, place) => lines.flatMap((line) => line[place] ?? []));
  return { ...facts, columns: subjectCaptions, rows: methodCaptions, cells: turned };
}
