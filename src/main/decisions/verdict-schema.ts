/** The tables of `verdicts.sqlite`, what people decided: never disposable, keyed by file name and content; what was said is only added to. */

import type { Migrations } from '../database/migrate.js';
import { toEntries } from './to-entries.js';

const tables = `
  CREATE TABLE reviewers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

  -- The standing verdict of each reviewer on each file; the journal says how it came about.
  CREATE TABLE verdicts (
    file TEXT NOT NULL,
    reviewer INTEGER NOT NULL REFERENCES reviewers (id),
    sha256 TEXT,                            -- content it was given for; null when it was not known yet
    kind TEXT NOT NULL,
    corrected TEXT NOT NULL,                -- JSON array of label names
    note TEXT NOT NULL,
    at INTEGER NOT NULL,                    -- milliseconds since 1970
    PRIMARY KEY (file, reviewer)
  ) STRICT, WITHOUT ROWID;

  -- Undo and redo are two linked stacks a reviewer, read from the reviewer's newest row; see journal.ts.
  CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    reviewer INTEGER NOT NULL REFERENCES reviewers (id),
    action TEXT NOT NULL CHECK (action IN ('give', 'clear', 'undo', 'redo')),
    file TEXT NOT NULL,
    before TEXT,                            -- the reviewer's standing verdict before and after, JSON or null
    after TEXT,
    step INTEGER REFERENCES journal (id),   -- the give or clear that an undo or redo concerns
    below INTEGER REFERENCES journal (id),  -- what lies under this row on its stack
    rest INTEGER REFERENCES journal (id)    -- top of the stack that an undo or redo took from, afterwards
  ) STRICT;
  CREATE INDEX journal_by_reviewer ON journal (reviewer, id);
  CREATE INDEX journal_by_file ON journal (file, id);
  CREATE TRIGGER journal_keeps_rows BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
  CREATE TRIGGER journal_keeps_words BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
`;

/** A change may concern many files: its first row is its head and stands on the stacks, the others name it. */
const changesOfMany = `
  ALTER TABLE journal ADD COLUMN head INTEGER REFERENCES journal (id);  -- first row of the same change; null in that row itself
  DROP INDEX journal_by_reviewer;
  CREATE INDEX journal_heads ON journal (reviewer, id) WHERE head IS NULL;
  CREATE INDEX journal_by_head ON journal (head, id) WHERE head IS NOT NULL;
`;

/**
 * Which content a verdict was given for that was given before that was known: the journal keeps its words, this says what they mean.
 * Verdicts of earlier projects that were bound stand with it.
 */
const bindings = `
  CREATE TABLE bindings (
    file TEXT NOT NULL,
    reviewer INTEGER NOT NULL REFERENCES reviewers (id),
    at INTEGER NOT NULL,                    -- when the verdict was given
    sha256 TEXT NOT NULL,
    PRIMARY KEY (file, reviewer, at)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO bindings SELECT file, reviewer, at, sha256 FROM verdicts WHERE sha256 IS NOT NULL;
`;

/**
 * What was said becomes entries that are the same in every copy of a project, so that copies add up; what stands follows from them. The
 * stacks of undo and redo are of this copy alone.
 */
const entries: Migrations[number] = {
  before: `
    DROP TRIGGER journal_keeps_rows;
    DROP TRIGGER journal_keeps_words;
    ALTER TABLE journal RENAME TO earlier_journal;
    ALTER TABLE bindings RENAME TO earlier_bindings;
    DROP TABLE verdicts;

    CREATE TABLE entries (
      row INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order in which this copy heard of them
      id TEXT NOT NULL UNIQUE,                -- UUIDv7
      step TEXT NOT NULL,                     -- id of the first entry of the same step
      at INTEGER NOT NULL,                    -- milliseconds since 1970
      reviewer INTEGER NOT NULL REFERENCES reviewers (id),
      action TEXT NOT NULL CHECK (action IN ('give', 'clear', 'undo', 'redo')),
      file TEXT NOT NULL,
      sha256 TEXT,                            -- content it was said of; null when it was not known yet
      verdict TEXT,                           -- JSON; null where something was taken away
      names TEXT NOT NULL                     -- JSON array: ids of the entries that it replaces or takes away
    ) STRICT;
    CREATE INDEX entries_by_file ON entries (file, row);
    CREATE INDEX entries_by_step ON entries (step, row);

    -- Undo and redo are two linked stacks a reviewer, read from the reviewer's newest step; see journal.ts.
    CREATE TABLE steps (
      row INTEGER PRIMARY KEY REFERENCES entries (row),  -- of its first entry
      reviewer INTEGER NOT NULL REFERENCES reviewers (id),
      "of" INTEGER REFERENCES steps (row),    -- the step that an undo takes back, the undo that a redo takes back
      below INTEGER REFERENCES steps (row),   -- what lies under this step on its stack
      rest INTEGER REFERENCES steps (row)     -- top of the stack that an undo or redo took from, afterwards
    ) STRICT;
    CREATE INDEX steps_by_reviewer ON steps (reviewer, row);

    -- Which content a verdict was given for that was given before that was known.
    CREATE TABLE bindings (
      entry TEXT PRIMARY KEY REFERENCES entries (id),
      sha256 TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
  run: toEntries,
  after: `
    DROP TABLE earlier_journal;
    DROP TABLE earlier_bindings;
    CREATE TRIGGER entries_keep_rows BEFORE DELETE ON entries
      BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
    CREATE TRIGGER entries_keep_words BEFORE UPDATE ON entries
      BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
  `,
};

export const verdictMigrations: Migrations = [tables, changesOfMany, bindings, entries];
