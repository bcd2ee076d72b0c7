/** The queries that run for every batch, row or click use an index. */

import { describe, expect, it } from 'vitest';
import { auditMigrations } from '../../../src/main/project/audit-schema.js';
import { oldestSql, takenSql, togetherSql } from '../../../src/main/project/map-cache.js';
import { evidentSql, isEvidentSql, mapSizeSql, mapSql, measuredSql } from '../../../src/main/project/map-store.js';
import { readChunkSql } from '../../../src/main/database/chunks.js';
import { readRowsSql } from '../../../src/main/table/probabilities.js';
import { storedBasesSql, storedScoresSql } from '../../../src/main/table/score-store.js';
import { problemsSql } from '../../../src/main/project/images.js';
import { entriesOfFileSql, entriesOfStepSql, newestSql } from '../../../src/main/decisions/journal.js';
import { migrate, type Migrations } from '../../../src/main/database/migrate.js';
import { SqliteFile } from '../../../src/main/database/sqlite.js';
import { verdictMigrations } from '../../../src/main/decisions/verdict-schema.js';
import { bindSql } from '../../../src/main/decisions/verdicts.js';

function opened(migrations: Migrations): SqliteFile {
  const file = new SqliteFile(':memory:', { synchronous: 'NORMAL' });
  migrate(file, migrations);
  return file;
}

const audit = opened(auditMigrations);
const verdicts = opened(verdictMigrations);
const blob = new Uint8Array(32);

describe('query plans', () => {
  it.each([
    ['a chunk of a column', audit, readChunkSql, ['label', 0, 3], /SEARCH chunks USING INDEX sqlite_autoindex/],
    ['a block of probabilities', audit, readRowsSql, [1, 3], /SEARCH probabilities USING INDEX sqlite_autoindex/],
    ['problems', audit, problemsSql, ['[1]'], /SEARCH problems USING INTEGER PRIMARY KEY/],
    [
      'whether a content is explained',
      audit,
      isEvidentSql,
      [blob, 1, 'tis', 'masks=1'],
      /SEARCH maps USING (COVERING )?INDEX (sqlite_autoindex|maps_by_evidence)/,
    ],
    [
      'explained contents',
      audit,
      evidentSql,
      [1, 'tis', 'masks=1'],
      /SEARCH maps USING COVERING INDEX maps_by_evidence/,
    ],
    ['bases of scores', audit, storedBasesSql, [1], /SEARCH scores USING INDEX sqlite_autoindex/],
    ['a chunk of a score', audit, storedScoresSql, [1, 'loss', 3], /SEARCH scores USING INDEX sqlite_autoindex/],
    ['a map', audit, mapSql, [blob, 1, 'tam', '', 3], /SEARCH maps USING INDEX sqlite_autoindex/],
    ['an explanation', audit, measuredSql, [blob, 1, 'tis', 'masks=1'], /SEARCH maps USING INDEX sqlite_autoindex/],
    ['size of a map', audit, mapSizeSql, [blob, 1, 'tam', '', 3], /SEARCH maps USING INDEX sqlite_autoindex/],
    ['what goes with a map', audit, togetherSql, [1], /SEARCH other USING INDEX sqlite_autoindex/],
    ['what was said of a file', verdicts, entriesOfFileSql, ['a.png'], /SEARCH entries USING INDEX entries_by_file/],
    ['their contents', verdicts, entriesOfFileSql, ['a.png'], /SEARCH bindings USING PRIMARY KEY \(entry=\?\)/],
    ['verdicts to bind', verdicts, bindSql, ['00', 'a.png'], /SEARCH entries USING INDEX entries_by_file/],
    ['newest step', verdicts, newestSql, [1], /SEARCH steps USING INDEX steps_by_reviewer/],
    ['entries of a step', verdicts, entriesOfStepSql, ['a'], /SEARCH entries USING INDEX entries_by_step/],
  ] as const)('%s', (_, file, sql, values, expected) => {
    const steps = file.prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    const plan = steps.map(({ detail }) => detail).join('\n');
    expect(plan).toMatch(expected);
    expect(plan).not.toMatch(/SCAN (chunks|probabilities|problems|scores|maps|other|entries|steps|bindings)\b/);
  });

  it.each([
    ['maps used longest ago', oldestSql, [1, 0]],
    ['what maps take', takenSql, []],
  ] as const)('%s are read of the index by use alone, in its order', (_, sql, values) => {
    const steps = audit.prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    const plan = steps.map(({ detail }) => detail).join('\n');
    expect(plan).toMatch(/SCAN maps USING COVERING INDEX maps_by_use/);
    expect(plan).not.toMatch(/TEMP B-TREE/);
  });
});
