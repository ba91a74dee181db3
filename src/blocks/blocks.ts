import { actArguments, logAct } from '../audit/act.ts';
import { refuseAct } from '../audit/refuse-act.ts';
import type { AuditNeeds } from '../audit/store.ts';
import {
  type Page,
  type PageInput,
  pageLimit,
  parsePageCursor,
  toPage,
  type UnknownCursor,
  unknownCursor,
  uuidPattern,
} from '../kit/page-cursor.ts';
import { maskPhoneNumber, type RegionCode } from '../kit/phone-number.ts';
import type { Act } from '../operators/act.ts';
import { type Actor, type ActRefusal, refusalOf } from '../operators/actor.ts';
import { type BlockKind, type BlockRefusal, type BlockTarget, parseBlockTarget } from './block.ts';
import {
  type BlockRow,
  deleteBlock,
  endSessionsOfNumber,
  findAccountId,
  findBlock,
  findBlockRows,
  findNumber,
  insertBlock,
} from './store.ts';

/** The dependencies of the acts on blocks. */
export interface BlockNeeds extends AuditNeeds {
  readonly defaultRegion: RegionCode;
}

/** A block as an operator enters it. */
export interface BlockInput {
  readonly kind: BlockKind;
  /** In any spelling; the id of an account for that kind. */
  readonly value: string;
  readonly reason?: string | undefined;
  /** Without an end if undefined. */
  readonly endsAt?: Date | undefined;
}

/** The refusal of an act on a block. */
export type BlockActRefusal =
  | ({ readonly ok: false } & ActRefusal)
  | BlockRefusal
  | { readonly ok: false; readonly code: 'person_unknown' }
  | { readonly ok: false; readonly code: 'block_unknown' }
  | { readonly ok: false; readonly code: 'end_in_the_past' };

/**
 * Blocks a number, an account, a prefix, a country or a client network. A block of a number or an account ends its
 * sessions and the trust of its devices; once it resolves, no server lets one in.
 */
export async function addBlock(
  needs: BlockNeeds,
  actor: Actor,
  input: BlockInput,
): Promise<
  | { readonly ok: true; readonly target: BlockTarget; readonly isNew: boolean; readonly endedSessions: number }
  | BlockActRefusal
> {
  const prepared = await prepare(needs, actor, 'block', input);
  if (!prepared.ok) return prepared;
  if (input.endsAt && input.endsAt <= new Date()) return { ok: false, code: 'end_in_the_past' };
  const { target, phoneNumber } = prepared;
  const added = await insertBlock(needs.db, target, { ...prepared, endsAt: input.endsAt });
  logAct(needs.log, added.act, actor);
  const late =
    target.kind === 'number' && phoneNumber ? await endSessionsOfNumber(needs.db, phoneNumber, prepared) : undefined;
  if (late?.act) logAct(needs.log, late.act, actor);
  if (added.on_standbys || late?.on_standbys) await needs.db.standbys.waitForReplay();
  return { ok: true, target, isNew: added.is_new, endedSessions: added.ended + (late?.ended ?? 0) };
}

/** Takes a block away. */
export async function removeBlock(
  needs: BlockNeeds,
  actor: Actor,
  input: Omit<BlockInput, 'endsAt'>,
): Promise<{ readonly ok: true; readonly target: BlockTarget } | BlockActRefusal> {
  const prepared = await prepare(needs, actor, 'unblock', input);
  if (!prepared.ok) return prepared;
  const { removed, act } = await deleteBlock(needs.db, prepared.target, prepared);
  if (act) logAct(needs.log, act, actor);
  return removed ? { ok: true, target: prepared.target } : { ok: false, code: 'block_unknown' };
}

/** A page of blocks, newest first. Numbers are masked for a viewer. */
export async function findBlocks(
  needs: BlockNeeds,
  actor: Actor,
  input: PageInput & { readonly kind?: BlockKind | undefined },
): Promise<({ readonly ok: true } & Page<BlockRow>) | ({ readonly ok: false } & ActRefusal) | UnknownCursor> {
  const refusal = await refuseAct(needs, actor, 'read_blocks');
  if (refusal) return { ok: false, ...refusal };
  const after = parsePageCursor(input.after, uuidPattern);
  if (after === undefined) return unknownCursor;
  const limit = pageLimit(input.limit);
  const page = toPage(await findBlockRows(needs.db, { kind: input.kind, after, limit }), limit);
  const mayRemove = refusalOf(actor, 'unblock', 'a look') === undefined;
  return { ok: true, next: page.next, items: mayRemove ? page.items : page.items.map(masked) };
}

function masked(row: BlockRow): BlockRow {
  const { phone_number: number } = row;
  return number === null ? row : { ...row, value: maskPhoneNumber(number), phone_number: null };
}

/** The kind and the value of a block by its id, for the doors that name it so. */
export async function findBlockTarget(needs: BlockNeeds, id: string): Promise<BlockTarget | undefined> {
  const row = uuidPattern.test(id) ? await findBlock(needs.db, id) : undefined;
  return row && { kind: row.kind, value: row.value };
}

async function prepare(needs: BlockNeeds, actor: Actor, act: Act, input: BlockInput) {
  const refusal = await refuseAct(needs, actor, act, { reason: input.reason, target: targetOf(needs, input) });
  if (refusal) return { ok: false, ...refusal } as const;
  const parsed = parseBlockTarget(input.kind, input.value, needs);
  if (!parsed.ok) return parsed;
  const { target } = parsed;
  const phoneNumber = target.kind === 'account' ? await findNumber(needs.db, target.value) : parsed.phoneNumber;
  if (target.kind === 'account' && !phoneNumber) return { ok: false, code: 'person_unknown' } as const;
  const accountId = await accountOf(needs, target);
  const shown = parsed.phoneNumber ? maskPhoneNumber(parsed.phoneNumber) : target.value;
  return {
    ok: true,
    target,
    phoneNumber,
    accountId,
    auditTarget: `${target.kind}:${shown}`,
    actor: actArguments(actor, input),
  } as const;
}

/** The object of a refused act, masked; undefined for a value that is none. */
function targetOf(needs: BlockNeeds, input: BlockInput): string | undefined {
  const parsed = parseBlockTarget(input.kind, input.value, needs);
  if (!parsed.ok) return undefined;
  const { target, phoneNumber } = parsed;
  return `${target.kind}:${phoneNumber ? maskPhoneNumber(phoneNumber) : target.value}`;
}

async function accountOf({ db }: BlockNeeds, { kind, value }: BlockTarget): Promise<string | undefined> {
  if (kind === 'number') return findAccountId(db, value);
  return kind === 'account' ? value : undefined;
}
