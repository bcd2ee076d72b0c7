/** What filters, orders, texts, verdicts and counts over a million made-up images in memory take, in milliseconds. */

import { expect, test } from 'vitest';

import { AuditCounts } from '../../src/main/table/audit-counts.js';
import { Confusion } from '../../src/main/table/confusion.js';
import { FileNames } from '../../src/main/table/file-names.js';
import { Followers } from '../../src/main/table/followers.js';
import { ImageColumns } from '../../src/main/table/image-columns.js';
import type { ImageTable } from '../../src/main/table/image-table.js';
import { Orders } from '../../src/main/table/orders.js';
import { ShownSelection } from '../../src/main/table/shown-selection.js';
import { columns, type ScoreId, scoreColumns } from '../../src/shared/columns.js';
import { type Filter, type Order, suspicionOrder } from '../../src/shared/query.js';
import { seededRandom } from '../../src/shared/seeded-random.js';

const count = Number(process.env.IMAGES ?? '1000000');
const classes = Array.from({ length: Number(process.env.CLASSES ?? '10') }, (_, at) => `class ${String(at)}`);
const random = seededRandom(1);
const below = (limit: number): number => Math.floor(random() * limit);
const facetColumns = columns.filter(({ shown }) => shown.facet !== undefined).map(({ id }) => id);

function made() {
  const facts = new ImageColumns();
  const files = new FileNames();
  facts.reserve(count);
  facts.splits.push('train', 'val');
  const values = new Map<ScoreId, Float64Array>(scoreColumns.map(({ id }) => [id, new Float64Array(count)]));
  for (let slot = 0; slot < count; slot += 1) {
    const label = Math.floor((slot * classes.length) / count);
    const isWrong = random() < 0.08;
    facts.append(slot + 1);
    facts.verdictTime[slot] = NaN;
    facts.label[slot] = label;
    facts.labelClass[slot] = label;
    facts.top1[slot] = isWrong ? below(classes.length) : label;
    facts.split[slot] = slot % 5 === 0 ? 1 : 0;
    const probability = Math.fround(1 - 0.7 * random() ** 3);
    facts.topProbability[slot] = probability;
    for (const { id, kind } of scoreColumns) {
      const whole = kind === 'class' ? below(classes.length) : kind === 'flag' ? Number(isWrong) : null;
      const figure = id === 'self-confidence' ? Math.fround(isWrong ? random() * 0.3 : probability) : random();
      const column = values.get(id);
      if (column !== undefined) column[slot] = whole ?? figure;
    }
    files.add(`${classes[label] ?? ''}/IMG_${String(slot).padStart(7, '0')}_${below(1e6).toString(36)}.JPEG`);
  }
  const table: ImageTable = {
    facts,
    scores: { values: (id) => values.get(id) ?? new Float64Array() },
    names: {
      search: (text) => {
        const hits = Uint8Array.from(classes, (name) => (name.includes(text.toLowerCase()) ? 1 : 0));
        return { files: files.containing(text), labels: hits, classes: hits };
      },
      fileRanks: () => files.ranks(),
    },
  };
  return { table, values };
}

/** Wall and processor time of the quickest of some rounds: other programs hold the processor up, but never speed it up. */
function quickest(
  rounds: number,
  work: (round: number) => void,
): { readonly wall: number; readonly processor: number } {
  const times = Array.from({ length: rounds }, (_, round) => {
    const before = process.cpuUsage();
    const start = performance.now();
    work(round);
    const wall = performance.now() - start;
    const { user, system } = process.cpuUsage(before);
    return { wall, processor: (user + system) / 1000 };
  });
  const least = (of: readonly number[]): number => Number(Math.min(...of).toFixed(2));
  return { wall: least(times.map(({ wall }) => wall)), processor: least(times.map(({ processor }) => processor)) };
}

test('a million images', { timeout: 0 }, () => {
  const { table, values } = made();
  const { facts } = table;
  const mapping: [] = [];
  const figures: Record<string, unknown> = { count, classes: classes.length, facets: facetColumns.length };
  const rounds = 5;

  const fresh = () => {
    const followers = new Followers(facts);
    const counts = followers.add(new AuditCounts(facts, classes, mapping));
    const confusion = followers.add(new Confusion(facts));
    const orders = followers.add(new Orders(table));
    const shown = followers.add(new ShownSelection(table, orders));
    return { followers, counts, confusion, orders, shown };
  };
  const { followers, counts, confusion, shown } = fresh();
  const select = (filter: Filter, order: Order = suspicionOrder) =>
    shown.select({ filter, order, since: null, near: [] });

  figures['counts, first'] = quickest(rounds, () => new AuditCounts(facts, classes, mapping).project());
  figures['counts, kept'] = quickest(rounds, () => [counts.project(), counts.splitsAndDoubts()]);
  figures['confusion, first'] = quickest(rounds, () => new Confusion(facts).counts());
  confusion.counts();
  for (const by of [
    'suspicion',
    'self-confidence',
    'normalised-margin',
    'label',
    'top-probability',
    'file',
    'verdict-time',
  ] as const) {
    table.names.fileRanks();
    figures[`sort by ${by}, first`] = quickest(rounds, () =>
      new ShownSelection(table, new Orders(table)).select({
        filter: [],
        order: { by, descending: true },
        since: null,
        near: [],
      }),
    );
  }
  select([]);
  figures['sort, again'] = quickest(rounds, (round) =>
    select([], { by: round % 2 === 0 ? 'label' : 'suspicion', descending: false }),
  );
  select([]);
  figures['facets without a filter'] = quickest(rounds, () => {
    new ShownSelection(table, new Orders(table)).facets([], facetColumns);
  });
  const filters: Readonly<Record<string, Filter>> = {
    label: [{ column: 'label', op: 'is', value: 3 }],
    disagreements: [{ column: 'state', op: 'is', value: 'disagree' }],
    figures: [
      { column: 'self-confidence', op: '<', value: 0.4 },
      { column: 'loss', op: '>=', value: 0.2 },
    ],
    'four columns': [
      { column: 'state', op: 'is', value: 'disagree' },
      { column: 'split', op: 'is', value: 'train' },
      { column: 'verdict', op: 'is', value: null },
      { column: 'self-confidence', op: '<', value: 0.4 },
    ],
  };
  for (const [name, filter] of Object.entries(filters)) {
    figures[`filter by ${name}`] = quickest(rounds, (round) => {
      select([...filter, { column: 'top-probability', op: '>', value: round / 1e6 }]);
    });
    figures[`facets by ${name}`] = quickest(rounds, (round) => {
      shown.facets([...filter, { column: 'top-probability', op: '>', value: (round + 0.5) / 1e6 }], facetColumns);
    });
  }
  const typed = 'img_0712';
  for (let end = 1; end <= typed.length; end += 1) {
    const text = typed.slice(0, end);
    figures[`text ${text}`] = quickest(1, () => select([{ column: 'text', op: 'has', value: text }]));
  }
  const filter: Filter = filters['four columns'] ?? [];
  for (const [name, on] of [
    ['all', []],
    ['four columns', filter],
  ] as const) {
    let { revision } = select(on);
    shown.facets(on, facetColumns);
    const judge = (slot: number, verdict: number): void => {
      followers.change([slot], () => {
        facts.verdict[slot] = verdict;
        facts.verdictTime[slot] = verdict === 0 ? NaN : 1.79e12 + slot;
      });
      revision = shown.select({ filter: on, order: suspicionOrder, since: revision, near: [] }).revision;
      shown.facets(on, facetColumns);
      counts.project();
      counts.splitsAndDoubts();
      confusion.counts();
    };
    const slotAt = (place: number): number => facts.slotOf(select(on).first[place] ?? 0) ?? 0;
    const judged = Array.from({ length: 40 }, (_, place) => slotAt(place * 3));
    figures[`verdict, ${name}`] = quickest(40, (round) => judge(judged[round] ?? 0, 1));
    figures[`undo, ${name}`] = quickest(40, (round) => judge(judged[round] ?? 0, 0));
    figures[`64 predictions, ${name}`] = quickest(20, (round) => {
      const slots = Array.from({ length: 64 }, (_, at) => (round * 7919 + at * 13) % count);
      followers.change(slots, () => {
        for (const slot of slots) {
          const own = values.get('self-confidence');
          if (own !== undefined) own[slot] = Math.fround(random());
          facts.top1[slot] = below(classes.length);
        }
      });
      select(on);
    });
  }
  const { revision, count: selected } = select([]);
  figures['page in the middle'] = quickest(rounds, () => shown.page(revision, selected >> 1, 512));
  process.stdout.write(`${JSON.stringify(figures, null, 1)}\n`);
  expect(selected).toBe(count);
});
