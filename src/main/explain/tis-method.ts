/** TIS as one method among others: the map of a class is the mean score of the masks that keep a patch. */

import { hiddenColumns, patchCount, type Vit } from '../model/vit.js';
import { drawInitialRows } from './initial-rows.js';
import { Halves } from './halves.js';
import { type Maps, type Method, type MethodRun, type PreparedMethod, itemsByImage } from './method.js';
import { type Scoring, Tis } from './tis.js';

/** TIS with masked tokens left out, or with their pixels masked. */
class TisMethod implements PreparedMethod {
  readonly #vit: Vit;
  readonly #halves: Halves;
  readonly #tis: Tis;

  constructor(vit: Vit, halves: Halves, tis: Tis) {
    this.#vit = vit;
    this.#halves = halves;
    this.#tis = tis;
  }

  async run({ items, parameters, onStep }: MethodRun): Promise<Maps | null> {
    const { masks = 1, ratio = 1, seed = 0 } = parameters;
    const init = drawInitialRows(masks, hiddenColumns(this.#vit), seed);
    const images = itemsByImage(items);
    const patches = patchCount(this.#vit);
    const maps: Float32Array[] = items.map(() => new Float32Array(0));
    let before = 0;
    for (const { pixels, places } of images) {
      const plan = await this.#tis.plan(pixels, init, ratio);
      let all = new Float32Array(0);
      for await (const { done, scores } of this.#tis.scoring(plan)) {
        if (!(await onStep(before + done, images.length * init.length))) return null;
        all = scores;
      }
      before += init.length;
      const classes = Int32Array.from(places, (place) => items[place]?.classIndex ?? 0);
      const { kept } = await this.#tis.maps(plan, all, classes);
      for (const [row, place] of places.entries()) maps[place] = kept.slice(row * patches, (row + 1) * patches);
    }
    const { gridWidth: width, gridHeight: height } = this.#vit;
    return { width, height, maps, cost: { forward: images.length * (init.length + 1), backward: 0 } };
  }

  async release(): Promise<void> {
    await this.#tis.release();
    await this.#halves.release();
  }
}

function method(id: 'tis' | 'tis-pixels', scoring: Scoring): Method {
  return {
    id,
    copies: 6,
    refusal: () => null,
    prepare: async (vit, createSession) => {
      const halves = await Halves.create(vit, createSession);
      return new TisMethod(vit, halves, await Tis.create(vit, halves, createSession, scoring));
    },
  };
}

export const tis = method('tis', 'subset');

/** The ablation of the paper: the pixels of a dropped patch become mid-grey, and all tokens run. */
export const tisPixels = method('tis-pixels', 'masked');
