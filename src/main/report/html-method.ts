/** The last part of the report: how the figures and maps come about, and what they cannot say. */

import type { TisParameters } from '../../shared/audit.js';
import { count, percent } from '../../shared/figures.js';
import { markup, type Markup } from '../drawing/markup.js';
import { scoreColumns } from '../../shared/columns.js';
import type { ReportInput } from './report-input.js';

const limits: readonly string[] = [
  'The model decides what is suspicious. Errors that the model shares with the labels do not show, and a class the model knows badly fills the list with images that are labelled rightly.',
  'The model should not have been trained on these images: it would have learnt their errors, and too few would be found.',
  'A saliency map shows what the model relies on, not what is right. It is explained for the part of the image that the model sees.',
  'The order of the findings is a ranking, not a test: no cut-off separates wrong labels from right ones. What a person decided counts.',
];

/** What of the maps is not as published, in sentences. */
function departureSentences({ stability, estimate, precision }: TisParameters): string {
  const sentences = [
    ...(stability === undefined
      ? []
      : [`Scoring stopped once a map was expected to correlate with that of all masks by ${String(stability)}.`]),
    ...(estimate === 'regression'
      ? ['Maps are a ridge regression of the scores on the patches that masks keep, not the published mean.']
      : []),
    ...(precision === undefined ? [] : [`Masks were scored with ${precision}, an approximation of float32.`]),
  ];
  return sentences.map((sentence) => ` ${sentence}`).join('');
}

function settings(input: ReportInput): Markup {
  const { tis, model } = input.summary;
  const { preprocessing } = model;
  const { resize: wanted } = preprocessing;
  const resize =
    wanted.kind === 'exact'
      ? `to ${String(wanted.width)} \u00d7 ${String(wanted.height)} pixels`
      : `${wanted.kind === 'longest-edge' ? 'longer' : 'shorter'} side to ${String(wanted.size)} pixels`;
  const crop =
    preprocessing.crop === null
      ? ''
      : `, centre crop${wanted.kind === 'longest-edge' ? ' or border' : ''} of ${String(preprocessing.crop.width)} \u00d7 ${String(preprocessing.crop.height)}`;
  const assumed = model.assumptions.map((text) => markup`<li>${text}</li>`);
  return markup`<p>
      Settings: ${count(tis.masks)} masks, each keeping ${percent(tis.ratio)} of the
      ${count(model.gridWidth * model.gridHeight)} patches, seed ${tis.seed}.${departureSentences(tis)} Images are resized (${resize},
      ${preprocessing.interpolation}${crop}) and normalised with mean ${preprocessing.mean.join(', ')} and standard
      deviation ${preprocessing.std.join(', ')}.
    </p>
    ${
      assumed.length === 0
        ? null
        : markup`<p>Assumed, because the model’s files do not say it:</p>
            <ul>
              ${assumed}
            </ul>`
    }`;
}

/** The scores of the cards and tables, as the table of columns says them. */
const scoreLines = scoreColumns
  .filter(({ id, shown }) => id !== 'self-confidence' && shown.exported === true)
  .map(({ name, formula, says, source, suspicious }) => {
    const end = suspicious === undefined ? '' : `; ${suspicious} means suspicious`;
    const by = source === '' ? '' : ` (${source})`;
    return markup`<li><b>${name}</b>: ${formula}${end}${by}. ${says}.</li>`;
  });

/** Method and limits, with the sources. */
export function methodSection(input: ReportInput): Markup {
  return markup`<section id="method">
    <h2>Method</h2>
    <h3>Finding suspicious labels</h3>
    <p>
      Every image is ranked by the <b>self-confidence</b> of its label: the probability p[y] that the model gives the
      labelled class y; low means suspicious (Northcutt et al. 2021). Findings are the images whose prediction differs
      from the label, by ascending self-confidence, and all images that a person judged to be other than rightly
      labelled. What else is computed of a label from the probabilities p of C classes, with the entropy H(p):
    </p>
    <ul>
      ${scoreLines}
    </ul>
    <h3>Estimating the error rate</h3>
    <p>
      The estimate is the confident joint of Northcutt et al.: an image counts for a class when its probability reaches
      the mean self-confidence of that class; the counts of label against confident class are scaled to the number of
      images of each label, and the share off the diagonal is the estimate. It is made by the model alone: badly
      calibrated probabilities, and images that the model was trained on, shift it by an unknown amount, so no interval
      is given. What people found is counted beside it.
    </p>
    <h3>Explaining with saliency maps</h3>
    <p>
      Maps are made by <b>Transformer Input Sampling</b> (TIS; Englebert et al. 2023). A Vision Transformer accepts any
      number of patches, so patches can be left out instead of being painted over. The hidden columns of all blocks are
      clustered by k-means; the patches on which a cluster’s centre is largest form one mask. The model then sees only
      the patches of each mask, and a patch’s value for a class is the mean probability of that class over the masks
      that keep the patch. One pass serves every class, so the maps of label and prediction are comparable. Within a
      finding they share one colour scale where every map uses a quarter of it or more, else each has its own; the ends
      are printed below each map (magma: dark is low, bright is high).
    </p>
    <p>
      The <b>evidence</b> of a patch for a class is the mean logarithm of the class’s probability over the masks that keep
      the patch, minus that over the masks that drop it, in nats (0.69 nats double the odds); the difference of two
      classes is their <b>contrast map</b>, what speaks for the one rather than the other (blue against, brown for; patches
      within their error are left clear). Figures after ± are 95 %
      intervals of the sampling of masks (delete-one-group jackknife over 16 groups). How the evidence for label and
      prediction relate: <b>contradicted</b>, the label is improbable, and the patches that speak most for the prediction
      speak against it beyond their error; <b>same evidence</b>, both rest largely on the same patches; <b>elsewhere</b>, on
      different ones; <b>unfounded</b>, neither map rises far enough above its sampling error; <b>the maps do not tell</b>, what
      would decide lies within that error. These kinds describe the model. They do not say whether a label is right: where
      people judged 80 disagreements of one model, they rejected about a fifth of the labels in every kind of some size.
    </p>
    <h3>Comparing splits</h3>
    <p>
      A split is said to look learned when predictions differ from its labels at most half as often as in another split,
      by at least two images in a hundred, and by four standard errors of the difference (two-proportion z test), or when
      the model is more certain there by the same measures (Welch’s test). Both splits need 30 images.
    </p>
    ${settings(input)}
    <h2>Limits</h2>
    <ul>
      ${limits.map((text) => markup`<li>${text}</li>`)}
    </ul>
    <h2>Sources</h2>
    <ul class="sources">
      <li>
        A. Englebert, S. Stassin, G. Nanfack, S. A. Mahmoudi, X. Siebert, O. Cornu, C. De Vleeschouwer: Explaining
        through Transformer Input Sampling. ICCV Workshops, 2023.
      </li>
      <li>
        C. G. Northcutt, L. Jiang, I. L. Chuang: Confident learning: estimating uncertainty in dataset labels. Journal
        of Artificial Intelligence Research 70, 2021.
      </li>
      <li>
        J. Kuan, J. Mueller: Model-agnostic label quality scoring to detect real-world label errors. ICML DataPerf
        workshop, 2022.
      </li>
    </ul>
  </section>`;
}
