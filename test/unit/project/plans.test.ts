/** The queries that run for every batch, row or click use an index. */

import { describe, expect, it } from 'vitest';
import { auditMigrations } from '../../../src/main/project/audit-schema.js';
import { inDoubtSql } from '../../../src/main/project/contents.js';
import { explanationSql } from '../../../src/main/project/explanations.js';
import { columnsAfterSql, columnsByIdSql } from '../../../src/main/table/image-columns.js';
import { storedScoresSql } from '../../../src/main/table/score-store.js';
import { duplicatesSql, rowsSql } from '../../../src/main/project/images.js';
import { historySql, newestSql, restOfStepSql } from '../../../src/main/project/journal.js';
import { migrate } from '../../../src/main/database/migrate.js';
import { labelledBetweenSql, pendingSql } from '../../../src/main/project/predictions.js';
import { SqliteFile } from '../../../src/main/database/sqlite.js';
import { verdictMigrations } from '../../../src/main/project/verdict-schema.js';
import { bindSql, boundSql, standingSql } from '../../../src/main/project/verdicts.js';

function opened(migrations: readonly string[]): SqliteFile {
  const file = new SqliteFile(':memory:', { synchronous: 'NORMAL' });
  migrate(file, migrations);
  return file;
}

const audit = opened(auditMigrations);
const verdicts = opened(verdictMigrations);
const blob = new Uint8Array(32);

describe('query plans', () => {
  it.each([
    ['pending predictions', audit, pendingSql, [0, 64], /SEARCH images USING INDEX images_pending \(id>\?\)/],
    ['images in doubt', audit, inDoubtSql, [0, 32], /SEARCH images USING INDEX images_in_doubt \(id>\?\)/],
    ['rows by id', audit, rowsSql, ['[1]'], /SEARCH images USING INTEGER PRIMARY KEY/],
    ['columns by id', audit, columnsByIdSql, ['[1]'], /SEARCH images USING INTEGER PRIMARY KEY/],
    ['columns of new images', audit, columnsAfterSql, [5, 100], /SEARCH images USING INTEGER PRIMARY KEY/],
    ['labelled images by id', audit, labelledBetweenSql, [0, 2047], /SEARCH images USING INTEGER PRIMARY KEY/],
    ['scores of a model', audit, storedScoresSql, [1], /SEARCH scores USING INDEX sqlite_autoindex/],
    ['duplicates', audit, duplicatesSql, [blob, 1], /SEARCH images USING INDEX images_by_content/],
    ['cached maps', audit, explanationSql, [blob, 1, 'masks=1'], /SEARCH explanations USING INDEX sqlite_autoindex/],
    ['standing verdicts', verdicts, standingSql, ['a.png'], /SEARCH verdicts USING PRIMARY KEY \(file=\?\)/],
    [
      'their contents',
      verdicts,
      standingSql,
      ['a.png'],
      /SEARCH bindings USING PRIMARY KEY \(file=\? AND reviewer=\? AND at=\?\)/,
    ],
    ['verdicts to bind', verdicts, bindSql, ['00', 'a.png'], /SEARCH journal USING INDEX journal_by_file/],
    ['bound contents of a file', verdicts, boundSql, ['a.png'], /SEARCH bindings USING PRIMARY KEY \(file=\?\)/],
    ['newest journal row', verdicts, newestSql, [1], /SEARCH journal USING INDEX journal_heads/],
    ['rest of a step', verdicts, restOfStepSql, [1], /SEARCH journal USING INDEX journal_by_head/],
    ['history of a file', verdicts, historySql, ['a.png'], /SEARCH journal USING INDEX journal_by_file/],
  ] as const)('%s', (_, file, sql, values, expected) => {
    const steps = file.prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    const plan = steps.map(({ detail }) => detail).join('\n');
    expect(plan).toMatch(expected);
    expect(plan).not.toMatch(/SCAN (images|scores|explanations|journal|verdicts|bindings)\b/);
  });
});
