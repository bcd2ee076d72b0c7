/** The tables of `audit.sqlite`, the disposable cache: images as the dataset lists them, predictions and saliency maps. */

import type { Migration, Migrations } from '../database/migrate.js';
import { toChunks } from './to-chunks.js';
import { toOneStore } from './to-one-store.js';

const tables = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE models (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE) STRICT;

  -- Equal content is predicted once: the key is the content and the model, not the file.
  CREATE TABLE predictions (
    id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL,
    model INTEGER NOT NULL REFERENCES models (id),
    probabilities BLOB NOT NULL,            -- float32 [classes]
    UNIQUE (sha256, model)
  ) STRICT;

  CREATE TABLE images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never used again: pictures are cached by it
    label INTEGER,                          -- index into the project's labels
    prediction INTEGER REFERENCES predictions (id),
    top1 INTEGER,
    top_probability REAL,
    label_class INTEGER,
    label_probability REAL,
    label_rank INTEGER,
    margin REAL,
    entropy REAL,
    error_code TEXT,
    split TEXT,
    file TEXT NOT NULL UNIQUE,              -- relative to the dataset, or container#index
    path TEXT,                              -- absolute; null when it is the dataset's path and file
    member INTEGER,
    scan INTEGER NOT NULL,                  -- the scan that last saw it
    sha256 BLOB,
    bytes INTEGER,
    width INTEGER,
    height INTEGER,
    view BLOB,                              -- float64 [left, top, width, height] of what the model sees
    top BLOB,                               -- the best classes: uint32 [n] then float32 [n]
    error_message TEXT,
    error_hint TEXT,
    boxes TEXT
  ) STRICT;
  CREATE INDEX images_pending ON images (id) WHERE prediction IS NULL AND error_code IS NULL;
  CREATE INDEX images_by_content ON images (sha256) WHERE sha256 IS NOT NULL;
  CREATE INDEX images_by_label ON images (label);

  CREATE TABLE explanations (
    id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL,
    model INTEGER NOT NULL REFERENCES models (id),
    method TEXT NOT NULL,
    parameters TEXT NOT NULL,
    grid_width INTEGER NOT NULL,
    grid_height INTEGER NOT NULL,
    classes BLOB NOT NULL,                  -- int32 [classes]
    probabilities BLOB NOT NULL,            -- float32 [classes]
    kept BLOB NOT NULL,                     -- float16 [classes, tokens], divided by the class's scale
    dropped BLOB NOT NULL,                  -- float16 [classes, tokens], likewise
    scales BLOB NOT NULL,                   -- float32 [classes]: powers of two
    statistics BLOB NOT NULL,               -- float32 [classes, 3]: contrast, sampling error, split-half correlation
    init_indices BLOB NOT NULL,             -- int32 [masks]
    milliseconds REAL NOT NULL,
    UNIQUE (sha256, model, method, parameters)
  ) STRICT;

  CREATE TABLE disagreements (
    image INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    model INTEGER NOT NULL REFERENCES models (id),
    parameters TEXT NOT NULL,
    kind TEXT NOT NULL,
    measures TEXT NOT NULL,
    sentence TEXT NOT NULL,
    PRIMARY KEY (image, model, parameters)
  ) STRICT, WITHOUT ROWID;
`;

const methodMaps = `
  CREATE TABLE method_maps (
    sha256 BLOB NOT NULL,
    model INTEGER NOT NULL REFERENCES models (id),
    method TEXT NOT NULL,
    parameters TEXT NOT NULL,
    class INTEGER NOT NULL,                 -- -1 for a method whose map is the same for every class
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    steps BLOB NOT NULL,                    -- uint16 [height, width]: low + steps * step; 65535 is NaN
    low REAL NOT NULL,
    step REAL NOT NULL,
    milliseconds REAL NOT NULL,
    forward INTEGER NOT NULL,               -- passes of the model that the run took
    backward INTEGER NOT NULL,
    PRIMARY KEY (sha256, model, method, parameters, class)
  ) STRICT;
`;

/** Null in what was kept before: every mask was scored. */
const scoredMasks = 'ALTER TABLE explanations ADD COLUMN scored INTEGER';

/**
 * `seen` is the stamp of the file at the latest scan, `stamp` the one it had when its content was read; where they differ the
 * content is in doubt. A file that was not found is pending, and was called unreadable before.
 */
const stamps = `
  ALTER TABLE images ADD COLUMN seen TEXT;
  ALTER TABLE images ADD COLUMN stamp TEXT;
  CREATE INDEX images_in_doubt ON images (id) WHERE sha256 IS NOT NULL AND stamp IS NOT seen;
  UPDATE images SET error_code = NULL, error_message = NULL, error_hint = NULL WHERE error_code = 'IMAGE_NOT_FOUND';
`;

/**
 * Maps kept before have no evidence and are computed again when they are looked at. Kinds are of other measures since then, and
 * sentences are made when they are shown.
 */
const evidence = `
  ALTER TABLE explanations ADD COLUMN evidence BLOB;         -- float16 [classes, tokens], divided by the class's scale
  ALTER TABLE explanations ADD COLUMN evidence_scales BLOB;  -- float32 [classes]: powers of two
  ALTER TABLE explanations ADD COLUMN deviations BLOB;       -- int8 [classes, 16, tokens]: without one group of masks
  ALTER TABLE explanations ADD COLUMN deviation_steps BLOB;  -- float32 [classes]: nats a step
  DELETE FROM disagreements;
  ALTER TABLE disagreements DROP COLUMN sentence;
`;

/** Scores are columns of their own, kept in chunks; those kept in `images` before are computed anew from the probabilities. */
const scoreChunks = `
  CREATE TABLE scores (
    model INTEGER NOT NULL REFERENCES models (id),
    score TEXT NOT NULL,
    chunk INTEGER NOT NULL,                 -- images by id, 2,048 a chunk
    basis TEXT NOT NULL,                    -- version of the score and digest of what it was computed from
    "values" BLOB NOT NULL,                 -- float64 [2048], by id; NaN for none
    UNIQUE (model, score, chunk)
  ) STRICT;
  ALTER TABLE images DROP COLUMN label_probability;
  ALTER TABLE images DROP COLUMN label_rank;
  ALTER TABLE images DROP COLUMN margin;
  ALTER TABLE images DROP COLUMN entropy;
`;

/**
 * Images and predictions lie in chunks of columns, no row an image: `to-chunks.ts` takes over what the tables before held, between these two.
 * Maps get what their ceiling goes by.
 */
const chunkTables = `
  CREATE TABLE chunks (
    name TEXT NOT NULL,                     -- of the column
    model INTEGER NOT NULL,                 -- 0 for what is of no model
    chunk INTEGER NOT NULL,                 -- images by id, 2,048 a chunk
    "values" BLOB NOT NULL,                 -- by id, up to the last image of the chunk
    UNIQUE (name, model, chunk)
  ) STRICT;

  CREATE TABLE probabilities (
    model INTEGER NOT NULL REFERENCES models (id),
    block INTEGER NOT NULL,                 -- images by id, as many a block as fit 65,536 numbers
    "values" BLOB NOT NULL,                 -- float32 [images, classes]
    UNIQUE (model, block)
  ) STRICT;

  CREATE TABLE splits (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

  -- Where images lie that do not lie at the dataset's path and their file.
  CREATE TABLE places (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,                     -- relative to the dataset where it lies in it, else absolute
    whole INTEGER NOT NULL,                 -- 1: of the file itself, 0: of the folder that files are relative to
    UNIQUE (path, whole)
  ) STRICT;

  -- Why images could not be read.
  CREATE TABLE problems (
    image INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    hint TEXT NOT NULL
  ) STRICT;
`;

const withoutRows = `
  CREATE TABLE kept_disagreements (
    image INTEGER NOT NULL,
    model INTEGER NOT NULL REFERENCES models (id),
    parameters TEXT NOT NULL,
    kind TEXT NOT NULL,
    measures TEXT NOT NULL,
    PRIMARY KEY (image, model, parameters)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO kept_disagreements SELECT image, model, parameters, kind, measures FROM disagreements;
  DROP TABLE disagreements;
  ALTER TABLE kept_disagreements RENAME TO disagreements;
  DROP TABLE images;
  DROP TABLE predictions;
  -- Their bases were of rows that are gone.
  DELETE FROM scores;

  ALTER TABLE explanations ADD COLUMN used INTEGER NOT NULL DEFAULT 0;  -- milliseconds since 1970 when it was looked at last
  ALTER TABLE explanations ADD COLUMN size INTEGER NOT NULL DEFAULT 0;  -- bytes
  UPDATE explanations SET size = length(classes) + length(probabilities) + length(kept) + length(dropped) + length(scales)
    + length(statistics) + length(init_indices) + coalesce(length(evidence), 0) + coalesce(length(evidence_scales), 0)
    + coalesce(length(deviations), 0) + coalesce(length(deviation_steps), 0);
  CREATE INDEX explanations_by_use ON explanations (used, size);
  ALTER TABLE method_maps ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE method_maps ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
  UPDATE method_maps SET size = length(steps);
  CREATE INDEX method_maps_by_use ON method_maps (used, size);
`;

const chunked: Migration = { before: chunkTables, run: toChunks, after: withoutRows };

/** One store of maps: `to-one-store.ts` takes over those of several classes in a row, the others lie alike. */
const mapTable = `
  CREATE TABLE maps (
    id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL,
    model INTEGER NOT NULL REFERENCES models (id),
    method TEXT NOT NULL,
    parameters TEXT NOT NULL,
    class INTEGER NOT NULL,                 -- -1 for a method whose map is the same for every class
    used INTEGER NOT NULL,                  -- milliseconds since 1970 when it was looked at last
    size INTEGER NOT NULL,                  -- bytes
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    steps BLOB NOT NULL,                    -- uint16 [height, width]: low + steps * step; 65535 is NaN
    low REAL NOT NULL,
    step REAL NOT NULL,
    milliseconds REAL NOT NULL,
    forward INTEGER NOT NULL,               -- passes of the model that the run took
    backward INTEGER NOT NULL,
    -- What scoring masks tells beside; null for other methods, and where only the map was wanted.
    probability REAL,
    dropped BLOB,                           -- as steps
    dropped_low REAL,
    dropped_step REAL,
    contrast REAL,
    sampling_error REAL,
    correlation REAL,                       -- of the halves of the masks
    init_indices BLOB,                      -- int32 [masks]
    scored INTEGER,                         -- masks
    evidence BLOB,                          -- float16 [tokens], divided by its scale
    evidence_scales BLOB,                   -- float32 [1]: a power of two
    deviations BLOB,                        -- int8 [16, tokens]: without one group of masks
    deviation_steps BLOB,                   -- float32 [1]: nats a step
    evident INTEGER NOT NULL,               -- 1 where there is evidence
    UNIQUE (sha256, model, method, parameters, class)
  ) STRICT;
  CREATE INDEX maps_by_use ON maps (used, size);
  CREATE INDEX maps_by_evidence ON maps (model, method, parameters, evident, sha256);
`;

const oneStore: Migration = {
  before: mapTable,
  run: toOneStore,
  after: `
    INSERT OR IGNORE INTO maps (sha256, model, method, parameters, class, used, size, width, height, steps, low, step, milliseconds, forward,
      backward, evident)
    SELECT sha256, model, method, parameters, class, used, size, width, height, steps, low, step, milliseconds, forward, backward, 0
    FROM method_maps;
    DROP TABLE explanations;
    DROP TABLE method_maps;
  `,
};

const ledger = `
  CREATE TABLE tasks (
    id TEXT NOT NULL UNIQUE,                -- UUIDv7
    value TEXT NOT NULL,                    -- the task as it is written down
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'cancelled', 'failed'))
  ) STRICT;

  -- What came of the images of tasks.
  CREATE TABLE ledger (
    task TEXT NOT NULL,
    image INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'passed over')),
    PRIMARY KEY (task, image)
  ) STRICT, WITHOUT ROWID;

  -- Ids of images are those of this file and its copies: a task says whose it means.
  INSERT INTO meta VALUES ('identity', lower(hex(randomblob(16))));
`;

export const auditMigrations: Migrations = [
  tables,
  methodMaps,
  scoredMasks,
  stamps,
  evidence,
  scoreChunks,
  chunked,
  oneStore,
  ledger,
];
