import type { ActArguments } from '../audit/act.ts';
import { Json } from '../db/database.ts';
import { inTransaction } from '../db/transaction.ts';
import { pairKeys } from '../invites/counted-invite.ts';
import { onlyRow } from '../kit/present.ts';
import { random } from '../kit/random.ts';
import type { SecretKeys } from '../kit/secret.ts';
import type { SessionNeeds } from '../sessions/store.ts';
import type { FactKeys, Facts, KnownAccount, KnownInvite } from './facts.ts';
import type { Candidate, LinkProblem } from './person.ts';
import type { Change, Insertion, PendingLink } from './plan.ts';

/** A token whose owner is found. */
export interface OwnedToken {
  readonly accountId: string;
  readonly token: NonNullable<Candidate['token']>;
}

/** The database of an import, or the one of a dry run, which keeps nothing. */
export interface ImportStore {
  find(keys: FactKeys): Promise<Facts>;
  /** Writes a batch, all or nothing; throws `VO004` if somebody else took a number, a name or a code meanwhile. */
  insert(insertions: readonly Insertion[]): Promise<void>;
  change(change: Change): Promise<void>;
  link(links: readonly PendingLink[]): Promise<('linked' | 'moved' | LinkProblem)[]>;
  /** Returns for each token whether no import has brought it before. */
  addTokens(tokens: readonly OwnedToken[]): Promise<boolean[]>;
}

/** The dependencies of writing people. */
export interface ImportStoreNeeds extends SessionNeeds {
  readonly keys: SecretKeys;
  readonly sessionsMax: number;
}

/** The author and the target of an import whose new people make events. */
export interface ImportEvents {
  readonly actor: ActArguments;
  readonly target: string;
}

/** The store of an import; with `events` each new person has an event in the audit trail, and so at webhooks. */
export function importStore(needs: ImportStoreNeeds, events: ImportEvents | undefined): ImportStore {
  const { db } = needs;
  return {
    find: (keys) => findFacts(needs, keys),
    insert: async (insertions) => {
      if (!events) return void (await db.call('import_people', insertionArguments(insertions)));
      await inTransaction(db, async (transaction) => {
        await transaction.call('import_people', insertionArguments(insertions));
        const ids = insertions.map(({ id }) => id);
        await transaction.call('record_imported', { account_ids: ids, ...events.actor, target: events.target });
      });
    },
    change: async (change) => {
      const rows = await db.call<{ update_imported: boolean }>('update_imported', changeArguments(change));
      if (onlyRow(rows).update_imported) await db.standbys.waitForReplay();
    },
    link: async (links) => {
      const rows = await db.call<{ import_links: 'linked' | 'moved' | LinkProblem }>('import_links', {
        account_ids: links.map(({ accountId }) => accountId),
        codes: links.map(({ code }) => code),
        redeemed_at: timesOf(links.map(({ at }) => at)),
        pair_keys: pairKeys(needs.keys),
      });
      return rows.map((row) => row.import_links);
    },
    addTokens: async (tokens) => {
      const rows = await db.call<{ import_tokens: Buffer }>('import_tokens', {
        account_ids: tokens.map(({ accountId }) => accountId),
        token_hashes: tokens.map(({ token }) => token.hash),
        ids: tokens.map(() => random.id()),
        created_at: timesOf(tokens.map(({ token }) => token.createdAt)),
        life_seconds: needs.sessionLife.lifetimeSeconds,
        max: needs.sessionsMax,
      });
      const added = new Set(rows.map((row) => row.import_tokens.toString('hex')));
      return tokens.map(({ token }) => added.has(token.hash.toString('hex')));
    },
  };
}

interface FoundRow {
  readonly numbers: { phone_number: string; account_id: string; is_unproven: boolean }[] | null;
  readonly names: { key: string; account_id: string }[] | null;
  readonly codes: { code: string; account_id: string }[] | null;
  readonly accounts:
    | (KnownAccount['fields'] & {
        account_id: string;
        external_id: string | null;
        import_hash: string | null;
      })[]
    | null;
  readonly invites: { account_id: string; code: string; redeemed_code: string | null; is_open: boolean }[] | null;
}

/** The state that a batch meets. */
export async function findFacts({ db }: ImportStoreNeeds, keys: FactKeys): Promise<Facts> {
  const row = onlyRow(
    await db.call<FoundRow & Record<string, unknown>>('find_for_import', {
      phone_numbers: keys.numbers,
      keys: keys.names,
      codes: keys.codes,
    }),
  );
  const toAccount = ({
    external_id,
    import_hash,
    ...found
  }: NonNullable<FoundRow['accounts']>[number]): KnownAccount => {
    const { username, first_name, last_name, email } = found;
    return { externalId: external_id, hash: import_hash, fields: { username, first_name, last_name, email } };
  };
  return {
    numbers: mapOf(row.numbers, 'phone_number', (r) => ({ accountId: r.account_id, isUnproven: r.is_unproven })),
    names: mapOf(row.names, 'key', (r) => r.account_id),
    codes: mapOf(row.codes, 'code', (r) => r.account_id),
    accounts: mapOf(row.accounts, 'account_id', toAccount),
    invites: mapOf(row.invites, 'account_id', (r): KnownInvite => {
      return { code: r.code, redeemedCode: r.redeemed_code, isOpen: r.is_open };
    }),
  };
}

function mapOf<K extends string, R extends Readonly<Record<K, string>>, V>(
  rows: readonly R[] | null,
  key: K,
  toValue: (row: R) => V,
): Map<string, V> {
  return new Map((rows ?? []).map((row) => [row[key], toValue(row)]));
}

function insertionArguments(insertions: readonly Insertion[]) {
  const now = new Date().toISOString();
  const of = <T>(toValue: (insertion: Insertion) => T) => insertions.map(toValue);
  return {
    account_ids: of(({ id }) => id),
    phone_numbers: of(({ candidate }) => candidate.phoneNumber),
    created_at: of(({ candidate }) => candidate.createdAt ?? now),
    hashes: of(({ candidate }) => candidate.hash),
    external_ids: of(({ candidate }) => candidate.externalId),
    usernames: of(({ fields }) => fields.username),
    small: of(({ keys }) => keys.username?.small),
    capital: of(({ keys }) => keys.username?.capital),
    written: of(({ keys }) => keys.username?.written),
    first_names: of(({ fields }) => fields.first_name),
    last_names: of(({ fields }) => fields.last_name),
    emails: of(({ fields }) => fields.email),
    email_keys: of(({ keys }) => keys.email),
    codes: of(({ code }) => code),
    new_codes: insertions.flatMap(({ newCodes }) => newCodes),
    inviter_ids: of(({ inviterId }) => inviterId),
    ...blockArguments(insertions),
    redeemed_codes: of(({ inviterId, candidate }) => (inviterId === null ? null : candidate.inviterCode)),
  };
}

function blockArguments(insertions: readonly Insertion[]) {
  const blocked = insertions.filter(({ candidate }) => candidate.isBlocked);
  return { blocked_ids: blocked.map(({ id }) => id), block_ids: blocked.map(() => random.orderedId()) };
}

function changeArguments({ id, candidate, changes, keys, code }: Change) {
  const { username } = keys;
  return {
    account_id: id,
    changes: new Json(changes),
    username_keys: username ? [username.small, username.capital, username.written] : undefined,
    email_key: keys.email,
    external_id: candidate.externalId,
    hash: candidate.hash,
    code,
    block_id: candidate.isBlocked ? random.orderedId() : undefined,
  };
}

/** Times without one are those of the import. */
function timesOf(times: readonly (string | null)[]): string[] {
  const now = new Date().toISOString();
  return times.map((time) => time ?? now);
}
