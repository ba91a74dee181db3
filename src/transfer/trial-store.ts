import type { TransactionSql } from 'postgres';
import { overTransaction } from '../db/transaction.ts';
import { present } from '../kit/present.ts';
import { externalKey, type FactKeys, type Facts, type KnownAccount, type KnownInvite, nameKeys } from './facts.ts';
import { findFacts, type ImportStore, type ImportStoreNeeds } from './import-store.ts';
import type { LinkProblem } from './person.ts';
import type { Change, Insertion, PendingLink } from './plan.ts';

/** A person whom a dry run would have written; null for a part that it would not have. */
interface TrialPerson {
  readonly id: string;
  readonly account: KnownAccount | null;
  readonly invite: KnownInvite | null;
}

/**
 * Runs with a store that decides as an import does and keeps nothing: the people of the file are rows of temporary tables,
 * so that memory does not grow with them. Rows of ours are read and not locked.
 */
export async function withTrialStore<T>(needs: ImportStoreNeeds, run: (store: ImportStore) => Promise<T>): Promise<T> {
  let result: { readonly value: T } | undefined;
  await needs.db.apart((sql) =>
    sql.begin(async (tx) => {
      // the file may be a slow stream
      await tx`set local idle_in_transaction_session_timeout = 0`;
      await tx`create temporary table trial_key (key text primary key, account_id uuid not null) on commit drop`;
      await tx`create temporary table trial_person (id uuid primary key, account json, invite json, inviter_id uuid)
      on commit drop`;
      result = { value: await run(trialStore({ ...needs, db: overTransaction(needs.db, tx, []) }, tx)) };
    }),
  );
  return present(result, 'the result of a dry run').value;
}

function trialStore(needs: ImportStoreNeeds, tx: TransactionSql): ImportStore {
  return {
    find: (keys) => findOnTrial(needs, tx, keys),
    insert: (insertions) => insertOnTrial(tx, insertions),
    change: async (change) => {
      await keep(tx, keysOfChange(change));
      const account = JSON.stringify(change.after);
      await tx`insert into trial_person (id, account) values (${change.id}, ${account}::text::json)
        on conflict (id) do update set account = excluded.account`;
    },
    link: async (links) => {
      const outcomes: ('linked' | LinkProblem)[] = [];
      for (const link of links) outcomes.push(await linkOnTrial(tx, needs, link));
      return outcomes;
    },
    addTokens: async (owned) => {
      const hashes = owned.map(({ token }) => token.hash.toString('hex'));
      const rows = await tx<{ hash: string }[]>`select encode(token_hash, 'hex') as hash from legacy_token
        where token_hash in (select decode(h, 'hex') from json_array_elements_text(${JSON.stringify(hashes)}::text::json) h)`;
      const known = new Set(rows.map(({ hash }) => hash));
      return hashes.map((hash) => !known.has(hash));
    },
  };
}

async function findOnTrial(needs: ImportStoreNeeds, tx: TransactionSql, keys: FactKeys): Promise<Facts> {
  const facts = await findFacts(needs, keys);
  const all = [
    ...keys.numbers.map((number) => `number:${number}`),
    ...keys.names,
    ...keys.codes.map((code) => `code:${code}`),
  ];
  const rows = await tx<{ key: string; account_id: string }[]>`
    select key, account_id from trial_key where key in (select json_array_elements_text(${JSON.stringify(all)}::text::json))`;
  const ids = [...new Set(rows.map((row) => row.account_id))];
  const people = await tx<TrialPerson[]>`
    select id, account, invite from trial_person where id in (select json_array_elements_text(${JSON.stringify(ids)}::text::json)::uuid)`;
  addTo(facts, rows, people);
  return facts;
}

async function insertOnTrial(tx: TransactionSql, insertions: readonly Insertion[]): Promise<void> {
  await keep(tx, insertions.flatMap(keysOfInsertion));
  const people = insertions.map(({ id, candidate, fields, code, inviterId }) => ({
    id,
    account: { externalId: candidate.externalId, hash: candidate.hash, fields },
    invite: { code: code ?? '', redeemedCode: inviterId === null ? null : candidate.inviterCode, isOpen: true },
    inviter_id: inviterId,
  }));
  await tx`insert into trial_person (id, account, invite, inviter_id)
    select id, account, invite, inviter_id from json_to_recordset(${JSON.stringify(people)}::text::json)
      p (id uuid, account json, invite json, inviter_id uuid)`;
}

function addTo(
  facts: Facts,
  rows: readonly { key: string; account_id: string }[],
  people: readonly TrialPerson[],
): void {
  for (const { key, account_id: accountId } of rows) {
    if (key.startsWith('number:')) facts.numbers.set(key.slice('number:'.length), { accountId, isUnproven: true });
    else if (key.startsWith('code:')) facts.codes.set(key.slice('code:'.length), accountId);
    else facts.names.set(key, accountId);
  }
  for (const { id, account, invite } of people) {
    if (account) facts.accounts.set(id, account);
    if (invite) facts.invites.set(id, invite);
  }
}

type Key = readonly [key: string, accountId: string];

function keysOfInsertion({ id, candidate, keys, code }: Insertion): Key[] {
  return [
    `number:${candidate.phoneNumber}`,
    ...nameKeys(keys),
    ...externalKey(candidate.externalId),
    ...(code === null ? [] : [`code:${code}`]),
  ].map((key) => [key, id] as const);
}

function keysOfChange({ id, candidate, keys, code }: Change): Key[] {
  return [...nameKeys(keys), ...externalKey(candidate.externalId), ...(code === null ? [] : [`code:${code}`])].map(
    (key) => [key, id] as const,
  );
}

async function keep(tx: TransactionSql, keys: readonly Key[]): Promise<void> {
  if (keys.length === 0) return;
  await tx`insert into trial_key (key, account_id) select k ->> 0, (k ->> 1)::uuid
    from json_array_elements(${JSON.stringify(keys)}::text::json) k
    on conflict (key) do nothing`;
}

/** Judges a link as `vouch.import_link` does. */
async function linkOnTrial(
  tx: TransactionSql,
  needs: ImportStoreNeeds,
  { accountId, code }: PendingLink,
): Promise<'linked' | LinkProblem> {
  const facts = await findFacts(needs, { numbers: [], names: [], codes: [code] });
  const [found] = await tx<{ account_id: string }[]>`
    select account_id from trial_key where key = ${`code:${code}`}`;
  const inviterId = facts.codes.get(code) ?? found?.account_id;
  if (inviterId === undefined || facts.invites.get(inviterId)?.isOpen === false) return 'inviter_unknown';
  if (inviterId === accountId) return 'inviter_self';
  const [circle] = await tx`
    with recursive climb (id) as (
      select ${inviterId}::uuid
      union
      select coalesce((select p.inviter_id from trial_person p where p.id = c.id),
          (select i.inviter_id from invite i where i.account_id = c.id))
        from climb c where c.id is not null)
    select from climb where id = ${accountId}`;
  if (circle) return 'inviter_circle';
  await tx`insert into trial_person (id, inviter_id) values (${accountId}, ${inviterId})
    on conflict (id) do update set inviter_id = excluded.inviter_id`;
  return 'linked';
}
