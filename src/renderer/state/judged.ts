/** Which images a verdict key is about at this moment, or why it is about none: never about one that is not shown. */

import type { ImageId } from '../../shared/audit.js';
import { counted } from '../../shared/figures.js';
import type { GalleryState } from './gallery.svelte.js';
import type { InspectorState } from './inspector.svelte.js';
import type { PicksState } from './picks.svelte.js';

/** What a verdict is about. */
export interface Judged {
  readonly ids: readonly ImageId[];
  /** Whether they were picked, and are judged in one step; otherwise it is the selected image. */
  readonly picked: boolean;
}

/** Why there is nothing to judge, and the way out. */
export interface NothingJudged {
  readonly why: string;
  readonly hint: string;
  /** The selected image is in the gallery, scrolled out of view. */
  readonly outOfView?: true;
}

/** What is on screen. */
export interface Scene {
  readonly view: string;
  readonly gallery: GalleryState;
  readonly inspector: InspectorState;
  readonly picks: PicksState;
  /** Whether the image at this place of the gallery is scrolled into view. */
  readonly inView: (index: number) => boolean;
}

const nothing = (why: string, hint: string): NothingJudged => ({ why, hint });

/** Picked images that are listed go before the selected one, unless this alone is seen, in full width. */
export function judgedNow({ view, gallery, inspector, picks, inView }: Scene): Judged | NothingJudged {
  if (view !== 'gallery') return nothing('Verdicts are given in the gallery', 'Esc leads there.');
  if (gallery.waiting)
    return nothing('The list is still loading', 'No verdict was given: press again when it is there.');
  if (gallery.seeking)
    return nothing('The image is still loading', 'No verdict was given: press again when it is there.');
  if (picks.ids.length > 0 && inspector.mode !== 'full') {
    if (picks.listed.length > 0) return { ids: picks.listed, picked: true };
    return nothing(
      `${counted(picks.ids.length, 'picked image is', 'picked images are')} outside the filter`,
      'No verdict was given. Clear the picks or the filters.',
    );
  }
  const id = gallery.selectedId;
  if (id === null) return nothing('No image is selected', 'An arrow key selects one.');
  if (gallery.count === 0) {
    return nothing('No image is left in this list', 'No verdict was given. Change the filters to go on.');
  }
  if (inspector.mode === 'closed' && !(gallery.selectedIndex >= 0 && inView(gallery.selectedIndex))) {
    const hint = 'No verdict was given: it is in view now, press again.';
    return { why: 'The selected image was out of view', hint, outOfView: true };
  }
  return { ids: [id], picked: false };
}
