/** How the pictures of the inspector fill their box: as many columns as make them largest. */

export interface PanelBox {
  readonly width: number;
  readonly height: number;
}

export interface PanelLayout {
  readonly columns: number;
  /** Size of each picture, without its caption. */
  readonly width: number;
  readonly height: number;
}

/** Captions need this much, however little height is left. */
const narrowest = 90;
/** What a further row is worth in pixels of width, and an unfilled one as a share: few, full rows compare best. */
const rowCost = 12;
const unfilled = 0.9;

/**
 * The layout that makes `count` pictures with captions largest, with some preference for few and full rows.
 * @param aspect width over height of the pictures.
 */
export function panelLayout(count: number, box: PanelBox, aspect: number, caption: number, gap: number): PanelLayout {
  let best: PanelLayout = { columns: 1, width: 0, height: 0 };
  let highest = -Infinity;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const across = (box.width + gap) / columns - gap;
    const down = (box.height + gap) / rows - gap - caption;
    const width = Math.floor(Math.min(across, Math.max(down * aspect, Math.min(across, narrowest))));
    const score = width * (count % columns === 0 ? 1 : unfilled) - rowCost * (rows - 1);
    if (width <= 0 || score < highest) continue;
    highest = score;
    best = { columns, width, height: Math.round(width / aspect) };
  }
  return best;
}
