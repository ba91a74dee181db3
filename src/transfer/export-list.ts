import { actArguments, logAct } from '../audit/act.ts';
import { refuseAct } from '../audit/refuse-act.ts';
import { recordAct } from '../audit/store.ts';
import type { Database } from '../db/database.ts';
import type { Log } from '../kit/log.ts';
import type { Actor, ActRefusal } from '../operators/actor.ts';
import { CsvText } from './csv.ts';
import { type ExportPeriod, readList } from './export-store.ts';
import type { ExportList } from './list.ts';

/** The dependencies of an export. */
export interface ExportNeeds {
  readonly db: Database;
  readonly log: Log;
}

/** An export as its door asks for it. */
export interface ExportInput extends ExportPeriod {
  readonly list: ExportList;
  readonly format: 'ndjson' | 'csv';
  readonly reason?: string | undefined;
  /** Gets the text in pieces; the export waits for it, so that a slow reader costs no memory. */
  readonly write: (text: string) => Promise<void>;
  readonly onProgress?: ((rows: number) => void) | undefined;
}

/** Writes all rows of a list as they were at one moment, with numbers in clear. The audit trail has it before the first row. */
export async function exportList(
  needs: ExportNeeds,
  actor: Actor,
  input: ExportInput,
): Promise<{ readonly ok: true; readonly rows: number } | { readonly ok: false; readonly refusal: ActRefusal }> {
  const { list, format, reason, write, onProgress } = input;
  const { db, log } = needs;
  const refusal = await refuseAct(needs, actor, 'export_all', { reason, target: `export:${list}` });
  if (refusal) return { ok: false, refusal };
  logAct(
    log,
    await recordAct(db, actArguments(actor, { reason }), { act: 'export_all', target: `export:${list}` }),
    actor,
  );
  const table = new CsvText();
  let count = 0;
  await readList(db, list, input, async (rows) => {
    await write(format === 'csv' ? table.textOf(rows) : rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    count += rows.length;
    onProgress?.(count);
  });
  return { ok: true, rows: count };
}
