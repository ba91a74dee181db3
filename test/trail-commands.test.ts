import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { actArguments } from '../src/audit/act.ts';
import { findTrail } from '../src/audit/find-trail.ts';
import { sealEvents } from '../src/audit/seal-store.ts';
import { recordAct } from '../src/audit/store.ts';
import { parseArguments } from '../src/cli/arguments.ts';
import type { CommandContext, PreparedCommand } from '../src/cli/command.ts';
import { commands } from '../src/cli/commands.ts';
import { createDatabase } from '../src/db/database.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { secretKeys } from '../src/kit/secret.ts';
import type { Actor } from '../src/operators/actor.ts';
import { sendWebhook } from '../src/webhooks/send-webhook.ts';
import { openTestDatabase } from './support/create-database.ts';
import { memoryLog } from './support/embedded-database.ts';
import { freePort } from './support/free-port.ts';
import { freshDatabase } from './support/harness.ts';

const texts = ['k'.repeat(32)] as const;
const ann: Actor = { kind: 'command_line', id: 'ann' };
const owner: Actor = {
  kind: 'operator',
  id: '00000000-0000-4000-8000-000000000001',
  role: 'owner',
  clientIp: '192.0.2.1',
  device: 'Firefox',
  hasFreshCode: true,
};
const root = fileURLToPath(new URL('../', import.meta.url));

/** A database, and the commands on it. */
async function openCommands() {
  const { sql, close } = openTestDatabase(await freshDatabase(), 2);
  after(close);
  const db = createDatabase(sql, databaseClock);
  const config = { secretKeys: texts, dataDir: '/nowhere', webhookPrivateNetworks: [] };
  const context = {
    config,
    actor: ann,
    withDatabase: (run: (one: typeof db) => unknown) => run(db),
    createLog: async () => memoryLog(() => {}),
  } as unknown as CommandContext;
  const vouch = async (...words: string[]) => {
    const command = parseArguments(words, new Date(), commands) as unknown as PreparedCommand;
    return command.run(context);
  };
  return { sql, db, vouch, log: memoryLog(() => {}) };
}

test('the audit trail is read in pages, newest first, by filters, and by those who may', async () => {
  const { sql, db, log } = await openCommands();
  for (let n = 1; n <= 5; n += 1) {
    await recordAct(db, actArguments(n % 2 ? owner : ann, { reason: `ticket ${n}` }), {
      act: n < 4 ? 'block' : 'reveal_number',
      target: `number:${n}`,
    });
  }
  await sql`insert into audit_event (at, event, result, device) values (now(), 'signed_in', 'failed', '')`;
  const read = async (filter: Omit<Parameters<typeof findTrail>[2], 'limit'>, limit = 100) => {
    const page = await findTrail({ db, log }, owner, { ...filter, limit });
    assert.equal(page.code, 'found');
    return page;
  };
  const targets = (page: Awaited<ReturnType<typeof read>>) => page.items.map(({ target }) => target);
  const first = await read({}, 4);
  assert.deepEqual(targets(first), [null, 'number:5', 'number:4', 'number:3']);
  const second = await read({ after: first.next! }, 4);
  assert.deepEqual([targets(second), second.next], [['number:2', 'number:1'], null]);
  assert.deepEqual(targets(await read({ act: 'reveal_number' })), ['number:5', 'number:4']);
  assert.deepEqual(targets(await read({ actor: 'operator', act: 'block' })), ['number:3', 'number:1']);
  assert.deepEqual(targets(await read({ actorId: 'ann' })), ['number:4', 'number:2']);
  assert.deepEqual(targets(await read({ event: 'signed_in' })), [null]);
  assert.deepEqual(targets(await read({ until: new Date(0) })), []);
  assert.equal((await read({ since: new Date(Date.now() - 60_000) })).items.length, 6);
  assert.deepEqual(await findTrail({ db, log }, owner, { after: 'x', limit: 1 }), { code: 'unknown_cursor' });
  const viewer = { ...owner, role: 'support' } as const;
  assert.deepEqual(await findTrail({ db, log }, viewer, { limit: 1 }), { code: 'act_not_allowed', act: 'read_audit' });
});

test('vouch audit list and verify say who did what, and what is wrong with the trail', async () => {
  const { sql, db, vouch } = await openCommands();
  await recordAct(db, actArguments(owner, { reason: 'ticket 7' }), { act: 'block', target: 'prefix:+7900' });
  assert.match((await vouch('audit', 'list')).text, /block.*operator 0.*\(owner\).*prefix:\+7900.*ticket 7/);
  assert.match((await vouch('audit', 'list', '--act', 'unblock')).text, /No event/);
  while ((await sealEvents(db, secretKeys(texts))) === 0) await pause(5);
  const good = await vouch('audit', 'verify');
  assert.match(
    good.text,
    /1 events, 0 of them not sealed yet; newest seal \d{4}-\d\d-01:1:[0-9a-f]{64}\nNo flaw found\./,
  );
  assert.equal(good.isGood, true);
  const [, seal = ''] = /newest seal (\S+)/.exec(good.text) ?? [];
  assert.equal((await vouch('audit', 'verify', '--known', seal)).isGood, true);
  await sql.unsafe(`set local session_replication_role = replica; update audit_event set reason = 'none';
    set local session_replication_role = origin`);
  const bad = await vouch('audit', 'verify');
  assert.match(bad.text, /CHANGED: event \d+\n1 flaws found/);
  assert.equal(bad.isGood, false);
});

test('vouch webhooks adds, lists, changes, rotates, tests and deletes an endpoint, and shows secrets once', async () => {
  const { vouch } = await openCommands();
  assert.match((await vouch('webhooks', 'list')).text, /There is no webhook/);
  assert.match((await vouch('webhooks', 'add', 'https://hooks.example/')).text, /--events is missing/);
  assert.match((await vouch('webhooks', 'add', 'http://hooks.example/', '--events', 'user.created')).text, /https/);
  const added = await vouch('webhooks', 'add', 'https://hooks.example/', '--events', 'user.created, user.erased');
  const [, secret = ''] = /^(whsec_\S{44})\n/.exec(added.text) ?? [];
  const [, id = ''] = /id of the webhook is (\w+)/.exec(added.text) ?? [];
  const list = async () => (await vouch('webhooks', 'list')).text;
  assert.match(await list(), /works\s+user\.created,user\.erased\s+no\s+0/);
  assert.ok(!(await list()).includes(secret));
  const rotated = await vouch('webhooks', 'rotate', id, '--overlap', '1h');
  assert.match(rotated.text, /^whsec_/);
  assert.ok(!rotated.text.includes(secret));
  assert.match((await vouch('webhooks', 'test', id)).text, /Event 1 is queued/);
  assert.match((await vouch('webhooks', 'change', id, '--enabled', 'no', '--numbers', 'yes')).text, /changed/);
  assert.match(await list(), /disabled: operator\s+user\.created,user\.erased\s+yes\s+1\s+1/);
  assert.match((await vouch('webhooks', 'replay', id, '--after', '0')).text, /^0 events/);
  assert.match((await vouch('webhooks', 'attempts', id)).text, /no attempt/);
  assert.match((await vouch('webhooks', 'delete', id)).text, /deleted/);
  assert.match((await vouch('webhooks', 'delete', id)).text, /no webhook with this id/);
});

test('the receiver of docs/operator/webhooks.md accepts a signed event once, and refuses a forged one', async () => {
  const text = await readFile(`${root}docs/operator/webhooks.md`, 'utf8');
  const [, code = ''] = /```js\n([\s\S]+?)```/.exec(text) ?? [];
  const [secret, port] = [`whsec_${Buffer.alloc(32, 7).toString('base64')}`, await freePort()];
  const receiver = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', WEBHOOK_SECRET: secret, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  after(() => receiver.kill());
  let printed = '';
  receiver.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const body = JSON.stringify({ type: 'user.created', sequence: 7, data: { user_id: 'u1' } });
  const post = async (by: string) => {
    const headers = {
      'webhook-id': 'evt_1_1',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': new Webhook(by).sign('evt_1_1', new Date(), body),
    };
    return sendWebhook({ url: `http://127.0.0.1:${port}/`, headers, body }, [{ bytes: [127, 0, 0, 0], bits: 8 }]);
  };
  let outcome = await post(secret);
  while (outcome.error === 'ECONNREFUSED') {
    await pause(20);
    outcome = await post(secret);
  }
  assert.equal(outcome.status, 204);
  assert.equal((await post(secret)).status, 204);
  assert.equal((await post(`whsec_${Buffer.alloc(32, 8).toString('base64')}`)).status, 400);
  receiver.kill();
  await once(receiver, 'exit');
  assert.equal(printed, '7 user.created u1\n');
});
