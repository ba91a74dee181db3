import type { Actor, ActRefusal } from '../operators/actor.ts';
import { refuseAct } from './refuse-act.ts';
import { type AuditNeeds, findTrailRows, type TrailCursor, type TrailFilter, type TrailRow } from './store.ts';

/** A page of the audit trail, newest first: `next` is the `after` of the page behind it. */
export type TrailPage =
  | { readonly code: 'found'; readonly items: readonly TrailRow[]; readonly next: string | null }
  | { readonly code: 'unknown_cursor' }
  | ActRefusal;

/** Reads a page of the audit trail, whose numbers are masked. */
export async function findTrail(
  needs: AuditNeeds,
  actor: Actor,
  { after, limit, ...filter }: TrailFilter & { readonly after?: string | undefined; readonly limit: number },
): Promise<TrailPage> {
  const refusal = await refuseAct(needs, actor, 'read_audit');
  if (refusal) return refusal;
  const cursor = after === undefined ? undefined : parseCursor(after);
  if (after !== undefined && !cursor) return { code: 'unknown_cursor' };
  const rows = await findTrailRows(needs.db, filter, cursor, limit + 1);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { code: 'found', items, next: last && rows.length > limit ? formatCursor(last) : null };
}

function formatCursor({ micros, id }: TrailCursor): string {
  return Buffer.from(`${micros}.${id}`).toString('base64url');
}

function parseCursor(text: string): TrailCursor | undefined {
  const [, micros, id] = /^(\d{1,17})\.(\d{1,18})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  return micros === undefined || id === undefined ? undefined : { micros, id };
}
