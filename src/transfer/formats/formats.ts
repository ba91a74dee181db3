import { Readable } from 'node:stream';
import type { SourceRecord } from '../person.ts';
import { djangoRecord } from './django.ts';
import { auth0Person, clerkPerson, firebasePerson, supabasePerson } from './hosted.ts';
import { type Line, readLines } from './lines.ts';
import { readObjects } from './objects.ts';
import { ownPerson } from './own.ts';
import { type Fields, fieldsOf } from './values.ts';

/** The formats of files. */
export const formats = ['ndjson', 'csv', 'django', 'firebase', 'supabase', 'clerk', 'auth0'] as const;
/** The name of a format. */
export type Format = (typeof formats)[number];

type ToRecord = (line: number, fields: Fields) => SourceRecord;

const records: Readonly<Record<Format, ToRecord>> = {
  ndjson: ownPerson,
  csv: ownPerson,
  django: djangoRecord,
  firebase: firebasePerson,
  supabase: supabasePerson,
  clerk: clerkPerson,
  auth0: auth0Person,
};

/** The records of a file. Its first character tells a table from JSON, and lines of JSON from one array. */
export async function* readRecords(source: AsyncIterable<Uint8Array>, format: Format): AsyncGenerator<SourceRecord> {
  const { first, whole } = await peek(source);
  const toRecord = records[format];
  if (format === 'csv' || !/[[{]/.test(first)) {
    for await (const { line, fields } of readTable(whole)) yield toRecord(line, fields);
    return;
  }
  const isArray = first === '[' || format === 'firebase';
  const lines = isArray ? readObjects(whole, format === 'firebase' && first === '{' ? 1 : 0) : readLines(whole);
  for await (const line of lines) yield toJsonRecord(line, toRecord);
}

function toJsonRecord({ line, text, isWhole }: Line, toRecord: ToRecord): SourceRecord {
  if (!isWhole) return { line, kind: 'unreadable', reason: 'too long, or without an end' };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return toRecord(line, fieldsOf(value));
  } catch {
    // told below
  }
  return { line, kind: 'unreadable', reason: 'no JSON object' };
}

/** The rows of a table in CSV (RFC 4180), whose first row names its columns. */
async function* readTable(source: AsyncIterable<Uint8Array>): AsyncGenerator<{ line: number; fields: Fields }> {
  const { parse } = await import('csv-parse');
  const rows = Readable.from(source).pipe(
    parse({
      bom: true,
      columns: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: 1e6,
    }),
  );
  for await (const { info, record } of rows) yield { line: Number(info.lines), fields: fieldsOf(record) };
}

/** The first character that is no space, and the whole stream. */
async function peek(source: AsyncIterable<Uint8Array>) {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let first = '';
  while (first === '') {
    const next = await iterator.next();
    if (next.done) break;
    chunks.push(next.value);
    first = Buffer.concat(chunks)
      .toString()
      .replace(/^\ufeff/, '')
      .trim()
      .charAt(0);
  }
  return {
    first,
    whole: (async function* () {
      yield* chunks;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    })(),
  };
}
