/** Over random histories of changes, what is kept is what counting, filtering and sorting anew gives. */

import { describe, expect, it } from 'vitest';

import { AuditCounts } from '../../../src/main/table/audit-counts.js';
import { Confusion } from '../../../src/main/table/confusion.js';
import { Orders } from '../../../src/main/table/orders.js';
import { findingIds, mostSuspicious, selectImages } from '../../../src/main/table/selection.js';
import { ShownSelection } from '../../../src/main/table/shown-selection.js';
import { type ImageId, imageId, labelIndex } from '../../../src/shared/audit.js';
import { columns, type ColumnId, sortColumns } from '../../../src/shared/columns.js';
import { type Condition, type Filter, type Order, selectionPage } from '../../../src/shared/query.js';
import { type Random, seededRandom } from '../../../src/shared/seeded-random.js';
import { verdictStates } from '../../../src/shared/verdict-kinds.js';
import { classes, MadeUpTable, rangeCounts, selected, valueAt, valueCounts } from './made-up-table.js';
import { verdictCode } from '../../../src/main/table/image-columns.js';

const unsettled = verdictCode('unsettled');

const facetColumns = columns.filter(({ shown }) => shown.facet !== undefined).map(({ id }) => id);
const isRange = (column: ColumnId): boolean => columns.find(({ id }) => id === column)?.kind === 'number';

function drawnFilter(table: MadeUpTable, random: Random): Filter {
  const count = Math.floor(random() * 4);
  return Array.from({ length: count }, (): Condition => {
    if (random() < 0.2)
      return { column: 'text', op: 'has', value: ['cat', 'OWL', '猫', '1', '-2', ' '][table.below(6)] ?? '' };
    const column = facetColumns[table.below(facetColumns.length)] ?? 'label';
    const value = valueAt(table, column, table.below(table.facts.size));
    if (!isRange(column) || value === null) return { column, op: 'is', value };
    return { column, op: (['<', '<=', '>', '>='] as const)[table.below(4)] ?? '<', value };
  });
}

function drawnOrder(table: MadeUpTable, random: Random): Order {
  return { by: sortColumns[table.below(sortColumns.length)]?.id ?? 'file', descending: random() < 0.5 };
}

/** Everything that follows changes of a made-up table. */
function followed(seed: number, images = 0) {
  const random = seededRandom(seed);
  const table = new MadeUpTable(random, images + 20 + Math.floor(random() * 80));
  const mapping = classes.map((labelName, label) => ({
    label: labelIndex(label),
    labelName,
    classIndex: null,
    by: 'none' as const,
  }));
  const counts = table.followers.add(new AuditCounts(table.facts, classes, mapping));
  const confusion = table.followers.add(new Confusion(table.facts));
  const orders = table.followers.add(new Orders(table));
  const shown = table.followers.add(new ShownSelection(table, orders));
  return { random, table, mapping, counts, confusion, orders, shown };
}

const seeds = Array.from({ length: 300 }, (_, seed) => seed);

describe('through random histories', () => {
  it.each([
    ['small', 0, 300],
    // More than a few pages: the first of these is there before all is sorted.
    ['large', 3000, 12],
  ])(
    'the %s selection on screen is the one made anew, and says from which place on it differs',
    (_, images, histories) => {
      let [recognised, taken] = [0, 0];
      for (const seed of seeds.slice(0, histories)) {
        const { random, table, shown } = followed(seed, images);
        let filter = drawnFilter(table, random);
        let order = drawnOrder(table, random);
        let known = new Map<number, readonly number[]>();
        let last: number | null = null;
        for (let step = 0; step < 25; step += 1) {
          if (random() < 0.15) {
            if (random() < 0.5) filter = drawnFilter(table, random);
            else order = drawnOrder(table, random);
            known = new Map();
            last = null;
          }
          if (random() < 0.8) table.happen();
          const expected = selected(table, filter, order);
          const near = [table.below(200 + images), table.below(200 + images)].map(imageId);
          const since: number | null = random() < 0.7 ? last : ([...known.keys()][table.below(known.size)] ?? null);
          const result = shown.select({ filter, order, since, near });
          const where = JSON.stringify({ seed, step, filter, order });
          expect(Array.from(result.first), where).toEqual(expected.slice(0, selectionPage));
          expect([result.count, result.total], where).toEqual([expected.length, table.facts.size]);
          const found = near.find((id) => expected.includes(id));
          expect(result.found, where).toEqual(
            found === undefined ? null : { id: found, place: expected.indexOf(found) },
          );
          const before = since === null ? undefined : known.get(since);
          if (before === undefined) expect(result.from, where).toBe(0);
          else expect(before.slice(0, result.from), where).toEqual(expected.slice(0, result.from));
          const latest = last === null ? undefined : known.get(last);
          const isSame = latest?.length === expected.length && latest.every((id, place) => id === expected[place]);
          // Of a large one that was not sorted yet it may not be known that it is the same.
          if (!isSame || images === 0) expect(result.revision === last, where).toBe(isSame);
          else if (result.revision === last) recognised += 1;
          else taken += 1;
          if (result.revision === since) expect(result.from, where).toBe(result.count);
          known.set(result.revision, expected);
          last = result.revision;
        }
      }
      expect(taken).toBeLessThanOrEqual(recognised / 10);
    },
  );

  it('the first place that differs is exact after one change of a few images', () => {
    let differing = 0;
    for (const seed of seeds) {
      const { random, table, shown } = followed(seed);
      const [filter, order] = [drawnFilter(table, random), drawnOrder(table, random)];
      const before = shown.select({ filter, order, since: null, near: [] });
      table.happen();
      const after = shown.select({ filter, order, since: before.revision, near: [] });
      let same = 0;
      while (same < Math.min(before.count, after.count) && before.first[same] === after.first[same]) same += 1;
      expect(after.from, String(seed)).toBe(same);
      if (before.revision !== after.revision) differing += 1;
    }
    expect(differing).toBeGreaterThan(50);
  });

  it('the pages around an image that is asked for come along where the asker has others', () => {
    let came = 0;
    for (const seed of seeds.slice(0, 40)) {
      const { random, table, shown } = followed(seed, 3000);
      const order = drawnOrder(table, random);
      const around = table.below(selectionPage);
      const near = [imageId(table.facts.id[table.below(table.facts.size)] ?? 0)];
      const ask = (since: number | null): ReturnType<typeof shown.select> =>
        shown.select({ filter: [], order, since, near, around });
      const { revision, found, around: pages } = ask(null);
      const expected = selected(table, [], order);
      const place = expected.indexOf(near[0] ?? imageId(0));
      expect(found?.place).toBe(place);
      const first = Math.floor(Math.max(0, place - around) / selectionPage) * selectionPage;
      const end = (Math.floor(Math.min(expected.length - 1, place + around) / selectionPage) + 1) * selectionPage;
      // The first page comes anyway.
      if (end === selectionPage) expect(pages).toBeNull();
      else {
        expect([pages?.from, Array.from(pages?.ids ?? [])]).toEqual([first, expected.slice(first, end)]);
        came += 1;
      }
      expect(ask(revision).around).toBeNull();
    }
    expect(came).toBeGreaterThan(20);
  });

  it('pages and places are those of the revision, and of none that is gone', () => {
    for (const seed of seeds.slice(0, 100)) {
      const { random, table, shown } = followed(seed);
      const [filter, order] = [drawnFilter(table, random), drawnOrder(table, random)];
      const { revision } = shown.select({ filter, order, since: null, near: [] });
      const expected = selected(table, filter, order);
      const ids = Array.from(table.facts.id, imageId);
      expect(Array.from(shown.page(revision, 3, 5) ?? [])).toEqual(expected.slice(3, 8));
      expect(Array.from(shown.places(revision, ids) ?? [])).toEqual(ids.map((id) => expected.indexOf(id)));
      expect(shown.page(revision - 1, 0, 5)).toBeNull();
      shown.facets(drawnFilter(table, random), ['label']);
      expect(Array.from(shown.page(revision, 0, 5) ?? [])).toEqual(expected.slice(0, 5));
      table.happen();
      const now = selected(table, filter, order);
      const isSame = now.length === expected.length && now.every((id, place) => id === expected[place]);
      expect(shown.page(revision, 0, 5) !== null).toBe(isSame);
      expect(shown.places(revision, ids.slice(0, 1)) !== null).toBe(isSame);
    }
  });

  it('the counts beside filters are those counted anew', () => {
    for (const seed of seeds) {
      const { random, table, shown } = followed(seed);
      let filter = drawnFilter(table, random);
      for (let step = 0; step < 12; step += 1) {
        if (random() < 0.15) filter = drawnFilter(table, random);
        table.happen();
        const wanted = facetColumns.filter(() => random() < 0.5);
        const { values, ranges } = shown.facets(filter, wanted);
        const where = JSON.stringify({ seed, step, filter });
        for (const column of wanted) {
          if (isRange(column)) expect(ranges[column], `${where} ${column}`).toEqual(rangeCounts(table, filter, column));
          else expect(values[column], `${where} ${column}`).toEqual(valueCounts(table, filter, column));
        }
      }
    }
  });

  it('counts of project, labels, splits and confusion are those counted anew', () => {
    for (const seed of seeds) {
      const { table, mapping, counts, confusion } = followed(seed);
      for (let step = 0; step < 12; step += 1) {
        table.happen();
        const anew = new AuditCounts(table.facts, classes, mapping);
        expect(counts.project(), String(seed)).toEqual(anew.project());
        expect(counts.labels(), String(seed)).toEqual(anew.labels());
        expect(counts.splitsAndDoubts(), String(seed)).toEqual(anew.splitsAndDoubts());
        expect(confusion.counts(), String(seed)).toEqual(new Confusion(table.facts).counts());
        const { facts, slots } = table;
        const compared = slots.filter((slot) => (facts.top1[slot] ?? -1) >= 0 && (facts.labelClass[slot] ?? -1) >= 0);
        const labelled = slots.filter((slot) => (facts.label[slot] ?? -1) >= 0);
        expect(counts.project(), String(seed)).toEqual({
          images: slots.length,
          predicted: slots.filter((slot) => (facts.top1[slot] ?? -1) >= 0).length,
          compared: compared.length,
          disagreements: compared.filter((slot) => facts.top1[slot] !== facts.labelClass[slot]).length,
          labelled: labelled.length,
          withoutClass: labelled.length,
          unreadable: slots.filter((slot) => facts.unreadable[slot] === 1).length,
          explained: slots.filter((slot) => facts.explained[slot] === 1).length,
          reviewed: slots.filter((slot) => facts.verdict[slot] !== 0 && facts.verdict[slot] !== unsettled).length,
          unsettled: slots.filter((slot) => facts.verdict[slot] === unsettled).length,
        });
      }
    }
  });

  it('other questions are answered from orders that are kept', () => {
    for (const seed of seeds.slice(0, 100)) {
      const { random, table, orders } = followed(seed);
      for (let step = 0; step < 8; step += 1) {
        table.happen();
        const [filter, order] = [drawnFilter(table, random), drawnOrder(table, random)];
        expect(Array.from(selectImages(table, orders, filter, order))).toEqual(selected(table, filter, order));
        const suspicious = selected(table, [], { by: 'suspicion', descending: false });
        const { facts } = table;
        const verdictOf = (slot: number): string | null => verdictStates[(facts.verdict[slot] ?? 0) - 1] ?? null;
        const isPredicted = (id: number): boolean => (facts.top1[facts.slotOf(id) ?? -1] ?? -1) >= 0;
        expect(Array.from(mostSuspicious(table, orders, 7))).toEqual(suspicious.filter(isPredicted).slice(0, 7));
        const judged = (id: number): boolean => ![null, 'right-label'].includes(verdictOf(facts.slotOf(id) ?? -1));
        const found = Array.from(findingIds(table, orders, 9), (id): ImageId => imageId(id));
        expect(found.length).toBeLessThanOrEqual(9);
        expect(found).toEqual([...found].sort((a, b) => suspicious.indexOf(a) - suspicious.indexOf(b)));
        const firstJudged = suspicious.filter(judged).slice(0, 9);
        expect(firstJudged.every((id) => found.includes(imageId(id)))).toBe(true);
      }
    }
  });
});
