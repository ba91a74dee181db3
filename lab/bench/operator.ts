import { pino } from 'pino';
import postgres from 'postgres';
import { listKeys } from '../../src/api-keys/manage-keys.ts';
import { findTrail } from '../../src/audit/find-trail.ts';
import { addBlock, findBlocks } from '../../src/blocks/blocks.ts';
import { openDatabase } from '../../src/db/open.ts';
import { databaseClock } from '../../src/kit/clock.ts';
import { secretKeys } from '../../src/kit/secret.ts';
import type { Actor } from '../../src/operators/actor.ts';
import { findPeople } from '../../src/people/find-people.ts';
import { inviteTree, mostActiveInviters } from '../../src/people/invites.ts';
import { listMessages } from '../../src/people/list-messages.ts';
import { numberStory } from '../../src/people/number-story.ts';
import type { PeopleNeeds } from '../../src/people/person.ts';
import { viewToday } from '../../src/people/view-today.ts';
import { listOperators } from '../../src/team/operators.ts';
import { listWebhooks } from '../../src/webhooks/manage-webhooks.ts';
import { listWebhookAttempts, readWebhookEvents } from '../../src/webhooks/webhook-history.ts';
import type { Plan } from './plan.ts';
import type { Row } from './results.ts';
import { fill, fillMessages, idOf, numberOf } from './table-sizes.ts';

/** No page of an operator may take longer. */
const boundMs = 50;
const repeats = 40;
const blocks = 1000;
const actor: Actor = { kind: 'command_line', id: 'bench' };

/** Each list and story that the console, the management API and the command line show, beside a million accounts with ten messages each, by its use case in this process. */
export async function measureOperatorReads({ url, server, dataDir, maxAccounts: most }: Plan): Promise<Row[]> {
  const log = pino({ level: 'silent' });
  const sql = postgres({ ...server, max: 1, onnotice: () => {} });
  const db = await openDatabase({ databaseUrl: url, dataDir, poolSize: 10, log, clock: databaseClock });
  const needs: PeopleNeeds = {
    db,
    log,
    keys: secretKeys(['a-key-of-the-benchmark-0123456789abcdef']),
    defaultRegion: 'RU',
    phoneNumberPolicy: 'possible',
    smsCountries: new Set(['*']),
    testNumbers: new Map(),
    keepDays: { deliveries: 30, audit: 400 },
  };
  try {
    await fill(sql, 0, most);
    await fillMessages(sql, 0, most);
    for (let at = 0; at < blocks; at += 1)
      await addBlock(needs, actor, { kind: 'number', value: `+7999${1_000_000 + at}` });
    await fillHistory(sql, most);
    await sql`vacuum analyze`;
    await sql`checkpoint`;
    const rows: Row[] = [];
    for (const [work, read] of Object.entries(readsOf(needs, most))) rows.push({ work, ...(await measured(read)) });
    return rows;
  } finally {
    await db.close();
    await sql.end();
  }
}

/** An event of the audit trail for each account, and as many events of one webhook. */
async function fillHistory(sql: postgres.Sql, size: number): Promise<void> {
  await sql`insert into audit_event (account_id, at, event, result, device)
    select ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now() - n * interval '10 ms', 'signed_in',
      'succeeded', 'Chrome' from generate_series(0, ${size - 1}) n`;
  await sql`insert into webhook_endpoint (id, url, description, events, with_numbers, secret, last_seq, created_at)
    values ('be9c4', 'https://hooks.example.com', '', '{session.created}', false, '\\x00', ${size}, now())`;
  await sql`insert into webhook_delivery (endpoint_id, seq, event_id, type, at, data, state)
    select 'be9c4', n, 'evt_' || n || '_1', 'session.created', now(), '{}', 'delivered' from generate_series(1, ${size}) n`;
  await sql`insert into webhook_attempt (endpoint_id, seq, number, at, status, milliseconds)
    select 'be9c4', n, 1, now(), 204, 20 from generate_series(1, ${size}) n`;
}

type Read = (at: number) => Promise<{ readonly ok: boolean }>;

function readsOf(needs: PeopleNeeds, most: number): Record<string, Read> {
  const any = (at: number) => (at * 7919) % most;
  const day = { since: new Date(Date.now() - 86_400_000 * 3), until: new Date() };
  const month = { since: new Date(Date.now() - 86_400_000 * 31), until: new Date() };
  const page = { limit: 50 };
  const endpoint = 'be9c4';
  return {
    'totals of today': async () => ({ ok: !('code' in (await viewToday(needs, actor))) }),
    'audit trail': async () => ({ ok: (await findTrail(needs, actor, page)).code === 'found' }),
    'audit trail, one act': async () => ({
      ok: (await findTrail(needs, actor, { ...page, act: 'block' })).code === 'found',
    }),
    webhooks: () => listWebhooks(needs, actor),
    'events of a webhook': (at) => readWebhookEvents(needs, actor, { id: endpoint, after: String(any(at)), limit: 50 }),
    'attempts of a webhook': () => listWebhookAttempts(needs, actor, { id: endpoint, limit: 20 }),
    'API keys': () => listKeys(needs, actor),
    operators: async () => ({ ok: !('code' in (await listOperators(needs, actor))) }),
    'find by number': (at) => findPeople(needs, actor, { text: numberOf(any(at)), limit: 20 }),
    'find by account id': (at) => findPeople(needs, actor, { text: idOf(any(at)), limit: 20 }),
    'find by a name that nobody has': (at) => findPeople(needs, actor, { text: `nobody${at}`, limit: 20 }),
    'newest people': () => findPeople(needs, actor, page),
    'story of a number': (at) => numberStory(needs, actor, { text: numberOf(any(at)) }),
    'newest messages, three days': () => listMessages(needs, actor, { ...day, ...page }),
    'newest messages, a month': () => listMessages(needs, actor, { ...month, ...page }),
    'messages of a country and a provider': () =>
      listMessages(needs, actor, { ...month, ...page, country: 'RU', provider: 'webhook' }),
    blocks: () => findBlocks(needs, actor, page),
    'invite tree': (at) => inviteTree(needs, actor, { accountId: idOf(any(at)) }),
    'most active inviters': () => mostActiveInviters(needs, actor, { limit: 50 }),
  };
}

async function measured(read: Read): Promise<Row> {
  const times: number[] = [];
  for (let at = 0; at < repeats; at += 1) {
    const startedAt = performance.now();
    const { ok } = await read(at);
    if (!ok) throw new Error('a read was refused');
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  const [median, p95] = [times[repeats / 2] ?? 0, times[Math.floor(repeats * 0.95)] ?? 0];
  return { 'median ms': median.toFixed(1), 'p95 ms': p95.toFixed(1), 'within 50 ms': p95 <= boundMs ? 'yes' : 'no' };
}
