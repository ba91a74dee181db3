import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { functionSchema } from '../../src/db/functions.ts';
import { formatToken } from '../../src/sessions/session.ts';
import { insertingAccounts } from '../../test/support/accounts.ts';
import { messageId } from '../../test/support/message-id.ts';
import { FakeGateway } from '../chaos/fake-gateway.ts';
import { buildProduct, Product } from '../chaos/product.ts';
import { createClient, load, type Send } from './load.ts';
import type { Plan } from './plan.ts';
import type { Row } from './results.ts';

const sizes = [1000, 100_000, 1_000_000];
const invitees = 100_000;

/** Each work at growing numbers of accounts, and the list of one inviter with many invitees, by the product itself. */
export async function measureTableSizes({ url, server, dataDir, seconds, maxAccounts: most }: Plan): Promise<Row[]> {
  await buildProduct();
  const gateway = await FakeGateway.open();
  const sql = postgres({ ...server, max: 1, onnotice: () => {} });
  const product = await Product.start({
    env: { DATABASE_URL: url, TRUST_PROXY: '1', ...gateway.env },
    log: join(dataDir, 'vouch.log'),
  });
  const send = createClient(product.port);
  const rows = new Map<string, Record<string, string | number>>();
  try {
    let from = 0;
    const missing = new Set<number>();
    for (const size of sizes.filter((one) => one <= most)) {
      for (const one of await fill(sql, from, size)) missing.add(one);
      await fillMessages(sql, from, size);
      // the pages that filling has left dirty would be written by whoever needs their room
      await sql`checkpoint`;
      await readAll(sql);
      const works = worksFor({ send, gateway, missing }, from, size);
      await load(3, works['profile read'] ?? (async () => {}));
      const fresh = size - from;
      from = size;
      for (const [work, perform] of Object.entries(works)) {
        // each person redeems once, and asks for one code
        const isSpent = work === 'redeem' || work === 'sign-in, known';
        const { rate, p99 } = await load(seconds, perform, isSpent ? fresh : undefined);
        const row = rows.get(work) ?? { work };
        rows.set(work, {
          ...row,
          [`${size} accounts, a second`]: Math.round(rate),
          [`p99 ms, ${size}`]: p99.toFixed(1),
        });
      }
    }
    rows.set('bytes', {
      work: 'bytes of tables and indexes an account, its invite and one session',
      ...(await bytesOf(sql, from)),
    });
    if (from > invitees) rows.set('list', await listOfMany(sql, send, seconds));
    return [...rows.values()];
  } finally {
    await product.stop();
    gateway.close();
    await sql.end();
  }
}

/** Reads all that the profiles of all accounts are made of by its indexes, so that it is cached as after a day of service. */
async function readAll(sql: Sql): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`set local enable_seqscan = off`;
    await transaction`set local enable_hashjoin = off`;
    await transaction`set local enable_mergejoin = off`;
    await transaction`select sum(length(s.device) + length(n.phone_number) + length(i.code) + length(a.phone_number))
      from session s join account a on a.id = s.account_id join invite i on i.account_id = a.id
        join number_account n on n.phone_number = a.phone_number`;
  });
}

interface World {
  readonly send: Send;
  readonly gateway: FakeGateway;
  /** Accounts that are not there. */
  readonly missing: ReadonlySet<number>;
}

let strangers = 0;

/** Accounts `from` to `size` are fresh: each of them redeems once, and signs in again once. */
function worksFor({ send, gateway, missing }: World, from: number, size: number): Record<string, () => Promise<void>> {
  let [redeemer, known] = [size, from];
  const signIn = async (phone_number: string) => {
    const address = { 'x-forwarded-for': `10.${[1, 2, 3].map(() => Math.floor(Math.random() * 256)).join('.')}` };
    const { data } = await send('POST', '/api/request-sms/', { phone_number }, address);
    const sms_code = await gateway.waitForCode(phone_number, 0, 10_000);
    gateway.forget(phone_number);
    await send('POST', '/api/verify-sms/', { phone_number, sms_code, challenge: data.challenge });
  };
  const there = (draw: () => number): number => {
    const drawn = draw();
    return missing.has(drawn) ? there(draw) : drawn;
  };
  const any = () => there(() => Math.floor(Math.random() * size));
  return {
    'profile read': async () => void (await send('GET', '/api/users/me', undefined, tokenFor(any()))),
    'sign-in, known': () => signIn(numberOf(there(() => known++))),
    'sign-in, new': () => signIn(`+7918${String(strangers++).padStart(7, '0')}`),
    redeem: async () => {
      // nobody redeems twice, nor their own
      const person = there(() => --redeemer);
      const invite_code = codeOf(there(() => (person + 1 + Math.floor(Math.random() * (size - 1))) % size));
      await send('PATCH', '/api/users/me/invite_code', { invite_code }, tokenFor(person)).catch(permitCircles);
    },
    'phone page': async () => void (await send('GET', '/')),
  };
}

/** Two who drew each other, or an account that earlier drew this one. */
function permitCircles(error: Error): void {
  if (!/circle/.test(error.message)) throw error;
}

async function bytesOf(sql: Sql, accounts: number): Promise<Record<string, number>> {
  const [row] = await sql`select sum(pg_total_relation_size(relname::regclass))::float8 as bytes from pg_class
    where relname in ('account', 'number_account', 'invite', 'invite_code', 'session')`;
  return { [`${accounts} accounts`]: Math.round(row!.bytes / accounts) };
}

async function listOfMany(sql: Sql, send: Send, seconds: number): Promise<Row> {
  await sql`with guests as (
      update invite set inviter_id = ${idOf(0)}::uuid, redeemed_code = ${codeOf(0)}, redeemed_at = now()
        where account_id in (select account_id from invite where inviter_id is null and account_id <> ${idOf(0)}::uuid
          and account_id not in (select inviter_id from guest) limit ${invitees}) returning account_id, redeemed_at)
    insert into guest (inviter_id, account_id, redeemed_at, phone_number)
      select ${idOf(0)}::uuid, account_id, redeemed_at, phone_number from guests join account on id = account_id`;
  await sql`update invite set invited_count = (select count(*) from guest where inviter_id = ${idOf(0)}::uuid)
    where account_id = ${idOf(0)}::uuid`;
  await sql`vacuum analyze invite, guest`;
  const { rate, p99 } = await load(
    seconds,
    async () => void (await send('GET', '/api/users/me/invited', undefined, tokenFor(0))),
  );
  return {
    work: `a page of ${invitees} invitees`,
    [`${sizes.at(-1)} accounts, a second`]: Math.round(rate),
    [`p99 ms, ${sizes.at(-1)}`]: p99.toFixed(1),
  };
}

const alphabet = '23456789BCDFGHJKMNPQRSTVWXZ';

/** Makes accounts; resolves with the numbers of those few that could not be made. */
export async function fill(sql: Sql, from: number, size: number): Promise<number[]> {
  const digit = (place: number) =>
    `substr('${alphabet}', 1 + (n / ${alphabet.length ** place}) % ${alphabet.length}, 1)`;
  const id = `('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
  const isThere = `exists (select from invite where account_id = ${id})`;
  const every = `generate_series(${from}, ${size - 1}) n`;
  await sql.begin(async (transaction) => {
    // newcomers of the run drew some of these codes before
    await transaction.unsafe(
      insertingAccounts(`select ${id} as id, '+7917' || lpad(n::text, 7, '0') as phone_number,
        ${[5, 4, 3, 2, 1, 0].map(digit).join(' || ')} as code, now() as created_at from ${every}`),
    );
    await transaction.unsafe(`insert into session (account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address)
      select ${id}, sha256(decode(lpad(to_hex(n), 64, '0'), 'hex')), ${id}, now(), now(), now() + interval '1 year', '', ''
      from ${every} where ${isThere}`);
  });
  await sql`vacuum analyze`;
  const missing = await sql.unsafe(`select n from ${every} where not ${isThere}`);
  return missing.map(({ n }) => n as number);
}

const messagesEach = 10;
const secondsOfDay = 86_400;

/** Ten messages for each account, three days apart; those of the last days have references. */
export async function fillMessages(sql: Sql, from: number, size: number): Promise<void> {
  const schema = functionSchema('public');
  await sql`set statement_timeout = 0`;
  await sql`set synchronous_commit = off`;
  for (let message = 0; message < messagesEach; message += 1) {
    const daysAgo = 1 + 3 * message;
    if (from === 0) await sql.unsafe(`select ${schema}.add_day(current_date - ${daysAgo}, now())`);
    const at = `(date_trunc('day', now(), 'utc') - ${daysAgo} * interval '1 day'
      + (n - ${from}) * interval '${secondsOfDay - 1} s' / ${size - from})`;
    await sql.unsafe(`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix,
        language, state, channel, provider, segments, requested_at, useful_until, sent_at, accepted_at, completed_at,
        is_repeat, reference)
      select ${messageId(at)}, 1, gen_random_uuid(), 'key', 6, '+7917' || lpad(n::text, 7, '0'), 'RU', '+7917', 'ru',
        'accepted', 'sms', 'webhook', 1, ${at}, ${at}, ${at}, ${at}, ${at}, false, md5(n || '.${message}')
      from generate_series(${from}, ${size - 1}) n`);
  }
  await sql.unsafe(`insert into message_reference (reference, provider, id, phone_number, recorded_at)
    select reference, provider, id, phone_number, requested_at from delivery
    where id >= ${schema}.least_id(now(), -3 * ${secondsOfDay}) and reference is not null on conflict do nothing`);
  await sql`vacuum analyze delivery, message_reference`;
}

/** The account of a number of the fill. */
export function idOf(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** The phone number of it. */
export function numberOf(n: number): string {
  return `+7917${String(n).padStart(7, '0')}`;
}

function tokenFor(n: number): { authorization: string } {
  const secret = Buffer.from(n.toString(16).padStart(64, '0'), 'hex');
  return { authorization: `Token ${formatToken(idOf(n), secret)}` };
}

function codeOf(n: number): string {
  return [5, 4, 3, 2, 1, 0]
    .map((place) => alphabet[Math.floor(n / alphabet.length ** place) % alphabet.length])
    .join('');
}
