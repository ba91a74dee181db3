import { Readable } from 'node:stream';
import { errorCode } from '../kit/caught.ts';
import type { Actor, ActRefusal } from '../operators/actor.ts';
import { type Format, readRecords } from './formats/formats.ts';
import { type ImportNeeds, importPeople } from './import-people.ts';
import type { ImportTotals } from './import-totals.ts';
import type { ReportLine } from './person.ts';

/** The largest file that a request brings whole: some ten thousand people. The command line streams larger ones. */
export const maxImportBytes = 4 * 1024 * 1024;

/** An import of a file in memory. */
export interface ImportedBuffer {
  readonly ok: true;
  readonly totals: ImportTotals;
  /** The records that were refused, ignored or noted. */
  readonly report: readonly ReportLine[];
}

/** Imports the people of a file that a request has brought, of at most `maxImportBytes`. */
export async function importBuffer(
  needs: ImportNeeds,
  actor: Actor,
  file: Buffer,
  { format, isTrial, hasEvents }: { readonly format: Format; readonly isTrial: boolean; readonly hasEvents: boolean },
): Promise<
  ImportedBuffer | { readonly ok: false; readonly code: 'file_malformed' } | ({ readonly ok: false } & ActRefusal)
> {
  const report: ReportLine[] = [];
  const imported = await importPeople(needs, actor, {
    records: readRecords(Readable.from([file]), format),
    format,
    isTrial,
    hasEvents,
    onReport: (lines) => void report.push(...lines.filter(isNoteworthy)),
  }).catch(ignoreMalformed);
  if (!imported) return { ok: false, code: 'file_malformed' };
  return imported.ok ? { ...imported, report } : { ok: false, ...imported.refusal };
}

/** Whether a line says more than the totals. */
function isNoteworthy(line: ReportLine): boolean {
  return ['refused', 'ignored', 'noted'].includes(line.result) || 'notes' in line;
}

/** `csv-parse` throws errors with such codes for a table that is none. */
function ignoreMalformed(error: unknown): undefined {
  if (!/^(?:CSV_|INVALID_OPENING_QUOTE)/.test(errorCode(error))) throw error;
}
