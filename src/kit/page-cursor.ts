/** A page of a list, newest first: keyset pagination on a time and an id. */
export interface PageInput {
  /** The cursor of the page before; opaque to clients. */
  readonly after?: string | undefined;
  /** From 1 to 200. */
  readonly limit: number;
}

/** A page, and the cursor of the next one; null after the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** The refusal of a cursor that no page of ours had. */
export interface UnknownCursor {
  readonly ok: false;
  readonly code: 'unknown_cursor';
}

/** The end of a page: microseconds since 1970, the precision of PostgreSQL, and the id of the last row. */
export interface PageCursor {
  readonly micros: string;
  readonly id: string;
}

/** The refusal as a value. */
export const unknownCursor: UnknownCursor = { ok: false, code: 'unknown_cursor' };

const maxLimit = 200;
const maxCursorLength = 400;

/** The limit of a page within its bounds. */
export function pageLimit(limit: number): number {
  return Number.isInteger(limit) ? Math.min(maxLimit, Math.max(1, limit)) : maxLimit;
}

/** Parses a cursor: `first` for the first page, undefined for a text that no page of ours had. */
export function parsePageCursor(text: string | undefined, idPattern: RegExp): PageCursor | 'first' | undefined {
  if (text === undefined || text === '') return 'first';
  if (text.length > maxCursorLength || !/^[\w-]+$/.test(text)) return undefined;
  const [, micros = '', id = ''] = /^(\d{1,16}) (.+)$/su.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return micros !== '' && idPattern.test(id) ? { micros, id } : undefined;
}

/** The page of rows that were read with one more than its limit, so that the next one is known to have something. */
export function toPage<Row extends PageCursor>(rows: readonly Row[], limit: number): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next = rows.length > limit && last ? Buffer.from(`${last.micros} ${last.id}`).toString('base64url') : null;
  return { items, next };
}

/** The form of an id that PostgreSQL takes as a UUID. */
export const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
