import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { deepTest } from './support/depth.ts';
import { cleanup, openLoggedDatabase } from './support/embedded-database.ts';
import { testKey } from './support/harness.ts';
import { Postgres } from './support/postgres.ts';
import { builtCheckout, ProductLaunch } from './support/product-launch.ts';

const parent = await mkdtemp(join(tmpdir(), 'vouch-test-'));
after(() => rm(parent, { recursive: true }));
// another OS user runs the server where we are root
await chmod(parent, 0o711);

/** A PostgreSQL that takes so many connections, all of them for us. */
async function serverFor(t: TestContext, connections: number): Promise<Postgres> {
  const settings = { max_connections: String(connections), superuser_reserved_connections: '0' };
  const server = await Postgres.start({ folder: join(parent, 'server'), settings });
  cleanup(t, () => server.stop());
  return server;
}

deepTest('calls share the connections that are open where the server has none to spare', async (t) => {
  const server = await serverFor(t, 6);
  // each wants four, and together they can have six
  const pools = await Promise.all([1, 2, 3].map(() => openLoggedDatabase(t, { databaseUrl: server.url() })));
  for (let round = 0; round < 5; round += 1) {
    const calls = pools.flatMap(({ run, sql }) =>
      Array.from({ length: 20 }, (_, at) => run(() => sql`select ${at}::int as at, pg_sleep(0.005)`)),
    );
    const rows = await Promise.all(calls);
    assert.deepEqual(
      rows.map(([row]) => row!.at),
      [1, 2, 3].flatMap(() => Array.from({ length: 20 }, (_, at) => at)),
    );
  }
  assert.match(
    pools.flatMap(({ lines }) => lines).join('\n'),
    /database connections exhausted .*max_connections.*DATABASE_POOL/,
  );
});

deepTest('a pool grows again when the server has connections to spare', async (t) => {
  const server = await serverFor(t, 5);
  const [first, second] = [
    await openLoggedDatabase(t, { databaseUrl: server.url() }),
    await openLoggedDatabase(t, { databaseUrl: server.url() }),
  ];
  const holding = Array.from({ length: 4 }, () => first.run(() => first.sql`select pg_sleep(1)`));
  await Promise.all(Array.from({ length: 8 }, () => second.run(() => second.sql`select 1`)));
  await Promise.all(holding);
  await first.close();
  const backends = async () => {
    const rows = await Promise.all(
      Array.from({ length: 8 }, () => second.run(() => second.sql`select pg_backend_pid() as pid, pg_sleep(0.05)`)),
    );
    return new Set(rows.map(([row]) => row!.pid)).size;
  };
  for (const end = Date.now() + 60_000; (await backends()) < 4; ) assert.ok(Date.now() < end, 'more than one again');
});

deepTest('eight workers over a server of twenty connections answer every request', async (t) => {
  const server = await serverFor(t, 20);
  const env = {
    DATABASE_URL: server.url(),
    SECRET_KEYS: testKey,
    WORKERS: '8',
    DATABASE_POOL: '32',
    NETWORK_MESSAGES_PER_HOUR: '100000',
  };
  const launch = new ProductLaunch(await builtCheckout(), env);
  const url = await launch.ready();
  const statuses = new Map<number, number>();
  for (let round = 0; round < 5; round += 1) {
    const answers = Array.from({ length: 30 }, async (_, at) => {
      const answer = await fetch(`${url}/api/request-sms/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify({ phone_number: `+7916${round}${String(at).padStart(6, '0')}` }),
      });
      await answer.arrayBuffer();
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    });
    await Promise.all(answers);
  }
  launch.child.kill();
  assert.equal(await launch.exited, 0);
  // a busy machine may refuse some by its own limit, before the database is asked
  assert.deepEqual(
    [...statuses.keys()].filter((status) => status !== 201 && status !== 503),
    [],
  );
  assert.ok(statuses.get(201)! > 75, JSON.stringify([...statuses]));
  assert.doesNotMatch(launch.output, /"status":5|53300|too many/);
  assert.match(launch.output, /"wanted":32,"available":18,.*DATABASE_POOL.*fewer database connections than configured/);
});
