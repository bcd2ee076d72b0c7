/** Cached maps of all methods: precision, keys, class-independent methods, and what replaces what. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MapCache } from '../../../src/main/project/map-cache.js';
import { MapStore } from '../../../src/main/project/map-store.js';
import { MethodMaps, type MethodRecord } from '../../../src/main/project/method-maps.js';
import { auditMigrations } from '../../../src/main/project/audit-schema.js';
import { migrate } from '../../../src/main/database/migrate.js';
import { SqliteFile } from '../../../src/main/database/sqlite.js';

const content = 'ab'.repeat(32);
let file: SqliteFile;
let maps: MethodMaps;
let cache: MapCache;

beforeEach(() => {
  file = new SqliteFile(':memory:', { synchronous: 'NORMAL' });
  migrate(file, auditMigrations);
  file.exec("INSERT INTO models (id, hash) VALUES (1, 'one'), (2, 'two')");
  cache = new MapCache(file, 1e9, () => true);
  maps = new MethodMaps(new MapStore(file, 1, cache));
});
afterEach(() => {
  file.close();
});

function record(
  method: MethodRecord['method'],
  values: readonly (readonly [number, readonly number[]])[],
): MethodRecord {
  return {
    method,
    parameters: { steps: 20 },
    width: 2,
    height: 2,
    maps: values.map(([classIndex, map]) => ({ classIndex, values: Float32Array.from(map) })),
    milliseconds: 12.5,
    cost: { forward: 21, backward: 20 },
  };
}

describe('MethodMaps', () => {
  it('gives maps back within a small part of their range, also of a narrow one, and NaN as NaN', () => {
    const narrow = [0.9371, 0.93712, 0.93714, Number.NaN];
    maps.save(content, record('tam', [[3, narrow]]));
    const [found] = maps.load(content, 'tam', { steps: 20 }, [3]);
    const values = found?.maps[0]?.values ?? new Float32Array(0);
    expect(found).toMatchObject({ width: 2, height: 2, milliseconds: 12.5, cost: { forward: 21, backward: 20 } });
    for (const at of [0, 1, 2]) expect(values[at]).toBeCloseTo(narrow[at] ?? 0, 7);
    expect(values[3]).toBeNaN();
  });

  it('keeps constant maps and maps without any value', () => {
    maps.save(
      content,
      record('tam', [
        [0, [2, 2, 2, 2]],
        [1, [NaN, NaN, NaN, NaN]],
      ]),
    );
    const [constant, empty] = maps.load(content, 'tam', { steps: 20 }, [0, 1]);
    expect(Array.from(constant?.maps[0]?.values ?? [])).toEqual([2, 2, 2, 2]);
    expect(Array.from(empty?.maps[0]?.values ?? [])).toEqual([NaN, NaN, NaN, NaN]);
  });

  it('finds only the same content, method, parameters, class and model', () => {
    maps.save(content, record('tam', [[3, [1, 2, 3, 4]]]));
    expect(maps.load(content, 'tam', { steps: 21 }, [3])).toEqual([]);
    expect(maps.load(content, 'bt-h', { steps: 20 }, [3])).toEqual([]);
    expect(maps.load(content, 'tam', { steps: 20 }, [4])).toEqual([]);
    expect(maps.load('cd'.repeat(32), 'tam', { steps: 20 }, [3])).toEqual([]);
    expect(new MethodMaps(new MapStore(file, 2, cache)).load(content, 'tam', { steps: 20 }, [3])).toEqual([]);
    expect(
      maps.load(content, 'tam', { steps: 20 }, [4, 3]).flatMap((one) => one.maps.map((map) => map.classIndex)),
    ).toEqual([3]);
  });

  it('has one map for all classes of a method that asks for none', () => {
    maps.save(content, record('rollout', [[3, [1, 2, 3, 4]]]));
    const [found] = maps.load(content, 'rollout', { steps: 20 }, [7]);
    expect(found?.maps[0]?.classIndex).toBe(7);
    expect(Array.from(found?.maps[0]?.values ?? [], Math.round)).toEqual([1, 2, 3, 4]);
  });

  it('replaces an earlier map', () => {
    maps.save(content, record('tam', [[3, [1, 2, 3, 4]]]));
    maps.save(content, record('tam', [[3, [4, 3, 2, 1]]]));
    const found = maps.load(content, 'tam', { steps: 20 }, [3]);
    expect(found).toHaveLength(1);
    expect(Array.from(found[0]?.maps[0]?.values ?? [], Math.round)).toEqual([4, 3, 2, 1]);
  });
});
