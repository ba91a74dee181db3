/** A table in CSV (RFC 4180): each row is a line, and its columns are those of the first row. */
export class CsvText {
  #columns: readonly string[] | undefined;

  /** The text of rows, with the line of the columns before the first of all. */
  textOf(rows: readonly Readonly<Record<string, unknown>>[]): string {
    const [first] = rows;
    if (first === undefined) return '';
    const isFirst = this.#columns === undefined;
    const columns = this.#columns ?? Object.keys(first);
    this.#columns = columns;
    const lines = rows.map((row) => columns.map((column) => cellOf(row[column])).join(','));
    return `${[...(isFirst ? [columns.join(',')] : []), ...lines].join('\r\n')}\r\n`;
  }
}

/**
 * A program of tables takes a text that begins like a formula for one (OWASP, CSV Injection): an apostrophe prevents it. A
 * phone number (E.164) stays as it is.
 */
function cellOf(value: unknown): string {
  const text = textOf(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) && !/^\+\d+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
