/** Takes the apostrophe off a cell that got one so that spreadsheets take it for no formula (report/csv-table.ts). */

/** The cell as it was: one apostrophe less where only apostrophes stand before = + - @ tab or carriage return. */
export function disarmed(cell: string): string {
  return /^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}
