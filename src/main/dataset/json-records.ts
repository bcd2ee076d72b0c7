/** Turns JSON into records of text cells: a line of JSON Lines, or a list of objects. */

type JsonRecord = Readonly<Record<string, unknown>>;

/** Between the values of a list that stands in one cell: a character that no name holds. */
export const listMark = '\u001F';

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields by which an object says what it is: `{"id": 3, "name": "cat"}`, `{"bytes": null, "path": "a.png"}`. */
const telling = ['name', 'label', 'class_name', 'path', 'file_name'];

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (isRecord(value)) return telling.map((key) => value[key]).find((content) => typeof content === 'string') ?? '';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** A value as a cell: empty for null, for objects what they are called, the values of a list joined by {@link listMark}. */
function cellOf(value: unknown): string {
  return Array.isArray(value) ? value.map(textOf).join(listMark) : textOf(value);
}

/** One line; null when it is no JSON object. */
export function parseJsonLine(line: string): JsonRecord | null {
  try {
    const value: unknown = JSON.parse(line.replace(/^\uFEFF/, ''));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** The records of a list of objects, or of an object of labels by file; null for any other JSON. */
export function jsonRecords(text: string): readonly JsonRecord[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return null;
  }
  if (Array.isArray(value)) return value.length > 0 && value.every(isRecord) ? value : null;
  if (!isRecord(value)) return null;
  const entries = Object.entries(value);
  const flat = entries.length > 0 && entries.every(([, label]) => ['string', 'number'].includes(typeof label));
  return flat ? entries.map(([file, label]) => ({ file, label })) : null;
}

/** The names of all columns, in the order in which they come up. */
export function recordKeys(records: readonly JsonRecord[]): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

/** The cells of a record under these columns. */
export function cellsOf(record: JsonRecord, keys: readonly string[]): readonly string[] {
  return keys.map((key) => cellOf(record[key]));
}
