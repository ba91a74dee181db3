import type { Database } from '../db/database.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { type Actor, type ActRefusal, refusalOf } from '../operators/actor.ts';
import { type ChainState, checkEnd, checkEvents, checkSeal, type Flaw, firstHash, type Seal } from './seal.ts';
import { countEvents, findDigests, findMonths, findSeals, findUnsealed } from './seal-store.ts';

/** The dependencies of a verification. */
export interface VerifyNeeds {
  readonly db: Database;
  readonly keys: SecretKeys;
  /** Is told the number of seals that were checked so far. */
  readonly progress?: (seals: number) => void;
}

/** A seal that is known from outside the database: from the log, or from an earlier verification. */
export interface KnownSeal {
  readonly month: string;
  readonly number: number;
  readonly hash: string;
}

/** A month of the audit trail after its verification. */
export interface VerifiedMonth {
  readonly month: string;
  readonly seals: number;
  readonly events: number;
  /** Events that are so new that the next seal will have them. */
  readonly waiting: number;
  /** The hash of the newest seal, in hexadecimal digits, to be kept elsewhere. */
  readonly hash: string;
}

/** The result of a verification. */
export type Verification =
  | { readonly code: 'verified'; readonly months: readonly VerifiedMonth[]; readonly flaws: readonly Flaw[] }
  | ActRefusal;

/**
 * Checks each month's chain of seals, and each event against its seal: finds changed, missing, reordered and added events,
 * and removed seals. Somebody who has an old copy of the rows of `audit_month` can put a month back to that state; that is
 * found only by a seal that is known from elsewhere.
 */
export async function verifyTrail(
  needs: VerifyNeeds,
  actor: Actor,
  known: readonly KnownSeal[],
): Promise<Verification> {
  const refusal = refusalOf(actor, 'read_audit');
  if (refusal) return refusal;
  const months: VerifiedMonth[] = [];
  const flaws: Flaw[] = [];
  let checked = 0;
  for (const { month, newest } of await findMonths(needs.db)) {
    const expected = known.filter((seal) => seal.month === month);
    const chain = await checkChain(needs, month, expected, (count) => needs.progress?.(checked + count));
    checked += chain.last.number;
    const { events, waiting } = await countEvents(needs.db, month);
    const unsealed = events - waiting === chain.found ? [] : await findUnsealed(needs.db, month, maxNamed);
    flaws.push(
      ...chain.flaws,
      ...checkEnd(month, newest, chain.last, needs.keys),
      ...unsealed.map((id): Flaw => ({ month, flaw: 'event_unsealed', id })),
    );
    months.push({ month, seals: chain.last.number, events, waiting, hash: chain.last.hash.toString('hex') });
  }
  const lost = known.filter(({ month }) => months.every((other) => other.month !== month));
  return { code: 'verified', months, flaws: [...flaws, ...lost.map(isLost)] };
}

/** The flaws of one kind that are named. */
const maxNamed = 100;
/** Seals that are checked together. */
const seals = 500;

async function checkChain(
  { db, keys }: VerifyNeeds,
  month: string,
  known: readonly KnownSeal[],
  progress: (seals: number) => void,
) {
  let last: ChainState = { number: 0, hash: firstHash(month), keyId: '' };
  let found = 0;
  const flaws: Flaw[] = [];
  for (
    let page = await findSeals(db, month, 0, seals);
    page.length > 0;
    page = await findSeals(db, month, last.number, seals)
  ) {
    for (const seal of page) {
      flaws.push(...checkSeal(seal, last, keys));
      last = { number: seal.number, hash: seal.hash, keyId: seal.key_id };
      const expected = known.find(({ number }) => number === seal.number);
      if (expected && expected.hash !== seal.hash.toString('hex')) flaws.push(isLost(expected));
    }
    const digests = await findDigests(db, earliest(page), latest(page));
    flaws.push(...checkEvents(page, digests));
    found += page.flatMap(({ ids }) => ids).filter((id) => digests.has(id)).length;
    progress(last.number);
  }
  flaws.push(...known.filter(({ number }) => number > last.number).map(isLost));
  return { flaws, last, found };
}

function isLost({ month, number }: KnownSeal): Flaw {
  return { month, flaw: 'newest_seal_missing', id: String(number) };
}

function earliest(page: readonly Seal[]): Date {
  return new Date(Math.min(...page.map(({ first_at: at }) => at.getTime())));
}

function latest(page: readonly Seal[]): Date {
  return new Date(Math.max(...page.map(({ last_at: at }) => at.getTime())));
}
