/** CSV as RFC 4180 wants it, with cells that no spreadsheet takes for a formula. */

export type CsvCell = string | number | null;

/**
 * One cell: quoted where it holds a quote, comma or line break, or begins or ends with space; a text beginning with
 * = + - @ tab or carriage return gets a leading apostrophe, so that it stays text in a spreadsheet. So does one that
 * begins so after apostrophes of its own: who takes one off has the text again. Numbers are written as they are.
 */
export function csvCell(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  const harmless = /^'*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** One row with its line end. */
export function csvRow(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}
