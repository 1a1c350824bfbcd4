/** Comma-separated values, as RFC 4180 writes them. */

export type CsvValue = string | number | boolean | null;

/** The lines of a file, each ending with CRLF; null is an empty field. */
export function* csvLines(rows: Iterable<readonly CsvValue[]>): Generator<string, void, void> {
  for (const row of rows) yield `${row.map(field).join(',')}\r\n`;
}

function field(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  // Spreadsheets evaluate text that looks like a formula, and the text may come from anyone.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
