import { actArguments, logAct } from '../audit/act.ts';
import { refuseAct } from '../audit/refuse-act.ts';
import { recordAct } from '../audit/store.ts';
import type { Database } from '../db/database.ts';
import type { Log } from '../kit/log.ts';
import { present } from '../kit/present.ts';
import type { Actor, ActRefusal } from '../operators/actor.ts';
import { CsvText } from './csv.ts';
import { type ExportPeriod, readLists } from './export-store.ts';
import { exportLists as allLists, type ExportList } from './list.ts';

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

/** An export of all lists; each piece comes with the name of its list. */
export interface ExportAllInput extends Omit<ExportInput, 'list' | 'write'> {
  readonly write: (list: ExportList, text: string) => Promise<void>;
}

type Exported = { readonly ok: true; readonly rows: number } | { readonly ok: false; readonly refusal: ActRefusal };

/** Writes all rows of a list as they were at one moment, with numbers in clear. The audit trail has it before the first row. */
export function exportList(needs: ExportNeeds, actor: Actor, input: ExportInput): Promise<Exported> {
  const { list } = input;
  const write = (_list: ExportList, text: string) => input.write(text);
  return exportLists(needs, actor, { ...input, write, lists: [list], target: `export:${list}` });
}

/** Writes all lists as they were at the same moment, so that no message is without its person, one after the other. */
export function exportAll(needs: ExportNeeds, actor: Actor, input: ExportAllInput): Promise<Exported> {
  return exportLists(needs, actor, { ...input, lists: allLists, target: 'export:all' });
}

async function exportLists(
  needs: ExportNeeds,
  actor: Actor,
  input: ExportAllInput & { readonly lists: readonly ExportList[]; readonly target: string },
): Promise<Exported> {
  const { db, log } = needs;
  const { lists, target, format, reason, write, onProgress } = input;
  const refusal = await refuseAct(needs, actor, 'export_all', { reason, target });
  if (refusal) return { ok: false, refusal };
  logAct(log, await recordAct(db, actArguments(actor, { reason }), { act: 'export_all', target }), actor);
  const tables = new Map(lists.map((list) => [list, new CsvText()]));
  let count = 0;
  await readLists(db, lists, input, async (list, rows) => {
    const table = present(tables.get(list), list);
    await write(list, format === 'csv' ? table.textOf(rows) : rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    count += rows.length;
    onProgress?.(count);
  });
  return { ok: true, rows: count };
}
