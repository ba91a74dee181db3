import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { functionSchema } from '../../src/db/functions.ts';
import { formatToken } from '../../src/sessions/session.ts';
import { insertingAccounts } from '../../test/support/accounts.ts';
import { createDatabase } from '../../test/support/create-database.ts';
import { messageId } from '../../test/support/message-id.ts';
import { FakeGateway } from '../chaos/fake-gateway.ts';
import { buildProduct, Product } from '../chaos/product.ts';
import { createClient, load, type Measured, type Send } from './load.ts';
import type { Plan } from './plan.ts';
import { middle, type Row, summarize } from './results.ts';

const sizes = [1000, 100_000, 1_000_000];
const invitees = 100_000;
// a server process of PostgreSQL meets each page of the cache once: 1.4 page faults a read in the first four seconds
// among a million accounts, at most 0.3 from eight seconds on
const mapSeconds = 10;

/**
 * Each work by the product itself at numbers of accounts that lie far apart, each in a database of its own, in turns; and
 * the list of one inviter with many invitees.
 */
export async function measureTableSizes(plan: Plan): Promise<Row[]> {
  await buildProduct();
  const gateway = await FakeGateway.open();
  const worlds: World[] = [];
  try {
    for (const size of sizes.filter((one) => one <= plan.maxAccounts)) worlds.push(await open(plan, gateway, size));
    for (const { sql } of worlds) {
      // the pages that filling has left dirty would be written by whoever needs their room
      await sql`checkpoint`;
      await readAll(sql);
    }
    const rows: Row[] = [];
    for (const [work, perform] of Object.entries(works)) rows.push(await compare(work, perform, worlds, plan));
    rows.push({
      work: 'bytes of tables and indexes an account, its invite and one session',
      ...(await bytesOf(worlds)),
    });
    const largest = worlds.at(-1);
    if (largest && largest.size > invitees) rows.push(await listOfMany(largest, plan.seconds));
    return rows;
  } finally {
    for (const { product, sql } of worlds) {
      await product.stop();
      await sql.end();
    }
    gateway.close();
  }
}

/** A number of accounts with ten messages each, and the product that serves them. */
interface World {
  readonly size: number;
  readonly sql: Sql;
  readonly product: Product;
  readonly send: Send;
  readonly gateway: FakeGateway;
  /** Accounts that could not be made. */
  readonly missing: ReadonlySet<number>;
  /** People who have not redeemed a code yet are below it. */
  redeemers: number;
  /** The next person who signs in again. */
  known: number;
}

async function open({ url, server, dataDir }: Plan, gateway: FakeGateway, size: number): Promise<World> {
  const database = `accounts_${size}`;
  const env = { DATABASE_URL: await createDatabase(url, database), TRUST_PROXY: '1', ...gateway.env };
  const sql = postgres({ ...server, database, max: 1, onnotice: () => {} });
  const missing = new Set(await fill(sql, 0, size));
  await fillMessages(sql, 0, size);
  const product = await Product.start({ env, log: join(dataDir, `${database}.log`) });
  return { size, sql, product, send: createClient(product.port), gateway, missing, redeemers: size, known: 0 };
}

type Perform = (world: World) => Promise<void>;

/** A work at each size, the median of rounds in turns, after a time in which each process has met the memory it needs. */
async function compare(work: string, perform: Perform, worlds: readonly World[], plan: Plan): Promise<Row> {
  const begin = work === 'profile read' ? mapSeconds : 1;
  const share = ({ size }: World) => Math.floor(((timesEach[work] ?? 1e9) * size) / (plan.rounds + 1));
  for (const world of worlds) await load(begin, () => perform(world), share(world));
  const all = new Map<World, Measured[]>(worlds.map((world) => [world, []]));
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const [world, measured] of all) measured.push(await load(plan.seconds, () => perform(world), share(world)));
  }
  const figures = [...all].flatMap(([{ size }, measured]) => {
    const { rate, p99 } = summarize(measured);
    return [
      [`${size} accounts, a second`, rate],
      [`p99 ms, ${size}`, p99],
    ];
  });
  const ratios = all.get(worlds.at(-1)!)!.map(({ rate }, round) => rate / all.get(worlds[0]!)![round]!.rate);
  return { work, ...Object.fromEntries(figures), 'most to fewest': middle(ratios).toFixed(2) };
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

let strangers = 0;

/** How often each person can do a work: a number gets five messages an hour. A small world shares its people out. */
const timesEach: Readonly<Record<string, number>> = { 'sign-in, known': 4, redeem: 1 };

/** Each work of a person. */
const works: Readonly<Record<string, Perform>> = {
  'profile read': async (world) => void (await world.send('GET', '/api/users/me', undefined, tokenFor(anyOf(world)))),
  'sign-in, known': (world) => signIn(world, numberOf(there(world, () => world.known++ % world.size))),
  'sign-in, new': (world) => signIn(world, `+7918${String(strangers++).padStart(7, '0')}`),
  redeem: async (world) => {
    // nobody redeems twice, nor their own
    const person = there(world, () => --world.redeemers);
    const inviter = there(world, () => (person + 1 + Math.floor(Math.random() * (world.size - 1))) % world.size);
    const body = { invite_code: codeOf(inviter) };
    await world.send('PATCH', '/api/users/me/invite_code', body, tokenFor(person)).catch(permitCircles);
  },
  'phone page': async ({ send }) => void (await send('GET', '/')),
};

async function signIn({ send, gateway }: World, phone_number: string): Promise<void> {
  const address = { 'x-forwarded-for': `10.${[1, 2, 3].map(() => Math.floor(Math.random() * 256)).join('.')}` };
  const { data } = await send('POST', '/api/request-sms/', { phone_number }, address);
  const sms_code = await gateway.waitForCode(phone_number, 0, 10_000);
  gateway.forget(phone_number);
  await send('POST', '/api/verify-sms/', { phone_number, sms_code, challenge: data.challenge });
}

/** Draws until the account is there. */
function there(world: World, draw: () => number): number {
  const drawn = draw();
  return world.missing.has(drawn) ? there(world, draw) : drawn;
}

function anyOf(world: World): number {
  return there(world, () => Math.floor(Math.random() * world.size));
}

/** Two who drew each other, or an account that earlier drew this one. */
function permitCircles(error: Error): void {
  if (!/circle/.test(error.message)) throw error;
}

async function bytesOf(worlds: readonly World[]): Promise<Record<string, number>> {
  const bytes: Record<string, number> = {};
  for (const { sql, size } of worlds) {
    const [row] = await sql`select sum(pg_total_relation_size(relname::regclass))::float8 as bytes from pg_class
      where relname in ('account', 'number_account', 'invite', 'invite_code', 'session')`;
    bytes[`${size} accounts, a second`] = Math.round(row!.bytes / size);
  }
  return bytes;
}

async function listOfMany({ sql, send, size }: World, seconds: number): Promise<Row> {
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
    [`${size} accounts, a second`]: Math.round(rate),
    [`p99 ms, ${size}`]: p99.toFixed(1),
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
