/**
 * How the pictures of the inspector fill their box: in frames of one size, laid out for the shape that the project's
 * pictures usually have. A picture of another shape lies inside its frame with a margin. So rows or columns follow the
 * pictures, and yet nothing moves from one picture to the next: the room and the number of panels are the same for both.
 */

export interface PanelBox {
  readonly width: number;
  /** Rows that do not fit this are scrolled to. */
  readonly height: number;
}

/** What a panel takes besides its picture, in pixels. */
export interface CaptionSize {
  readonly height: number;
  /** Width of a caption that stands beside its picture; null keeps captions below. */
  readonly beside: number | null;
}

export interface PanelWish {
  readonly count: number;
  readonly box: PanelBox;
  /** Width over height of the usual picture. */
  readonly aspect: number;
  readonly caption: CaptionSize;
  readonly gap: number;
  /** Whether frames take all the width there is; else only what usual pictures need. */
  readonly fill: boolean;
}

export interface PanelLayout {
  readonly columns: number;
  readonly caption: 'below' | 'beside';
  /** Size of each frame, without its caption. */
  readonly width: number;
  readonly height: number;
}

/** No side of a frame is shorter, so that the longer side of a picture never is, whatever its shape. */
export const least = 140;
/** Shapes beyond this are laid out as if they had it. */
const extreme = 2;
/** What a further row is worth in pixels, an unfilled row and captions beside as a share: few, full, plain rows compare best. */
const rowCost = 12;
const unfilled = 0.9;
const aside = 0.94;

/** Widths of the inspector: four pictures in a row with what is around them, and two. */
const widths = { four: 640, two: 440 } as const;
/** What filters and a gallery of three columns take beside it. */
const besides = 224 + 496;

/**
 * The width that the inspector has until the person chooses another: where the window allows it, four pictures lie in a
 * row, which leaves the sentence below them in view on a low screen.
 */
export function usualWidth(window: number): number {
  return window - besides >= widths.four ? widths.four : widths.two;
}

interface Candidate extends PanelLayout {
  readonly rows: number;
  /** What lacks in height for all rows to be in view. */
  readonly lacking: number;
  /** Mean side of a usual picture in its frame. */
  readonly edge: number;
}

/**
 * The layout that makes usual pictures largest where all fit the box; where none does without a frame falling below
 * {@link least}, the one that overflows least.
 */
export function panelLayout(wish: PanelWish): PanelLayout {
  const places = wish.caption.beside === null ? (['below'] as const) : (['below', 'beside'] as const);
  const all = places.flatMap((caption) =>
    Array.from({ length: wish.count }, (_, index) => candidate(wish, index + 1, caption)),
  );
  const wide = all.filter(({ width }) => width >= least);
  const [first, ...others] = wide.length > 0 ? wide : all.slice(0, 1);
  const best = others.reduce((one, other) => (better(other, one, wish.count) ? other : one), first ?? none);
  return { columns: best.columns, caption: best.caption, width: best.width, height: best.height };
}

const none: Candidate = { columns: 1, caption: 'below', width: least, height: least, rows: 1, lacking: 0, edge: 0 };

function candidate(
  { count, box, aspect, caption, gap, fill }: PanelWish,
  columns: number,
  place: 'below' | 'beside',
): Candidate {
  const rows = Math.ceil(count / columns);
  const shape = Math.max(1 / extreme, Math.min(aspect, extreme));
  const [taken, under] = place === 'below' ? [0, caption.height] : [(caption.beside ?? 0) + gap, 0];
  const across = Math.floor((box.width + gap) / columns - gap - taken);
  const down = Math.floor((box.height + gap) / rows - gap - under);
  const needed = Math.min(across, Math.floor(Math.max(down, least) * shape));
  const height = Math.max(least, Math.min(Math.floor(Math.max(needed, least) / shape), down));
  const width = fill ? across : Math.max(needed, Math.min(across, least));
  const usual = Math.min(width, height * shape);
  return {
    columns,
    caption: place,
    width,
    height,
    rows,
    lacking: Math.max(0, (height - down) * rows),
    edge: usual / Math.sqrt(shape),
  };
}

function better(one: Candidate, other: Candidate, count: number): boolean {
  if (one.lacking !== other.lacking) return one.lacking < other.lacking;
  return worth(one, count) > worth(other, count);
}

function worth({ edge, rows, columns, caption }: Candidate, count: number): number {
  return edge * (count % columns === 0 ? 1 : unfilled) * (caption === 'beside' ? aside : 1) - rowCost * (rows - 1);
}
