import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { setTimeout as pause, setImmediate } from 'node:timers/promises';
import { startEmbedded } from '../src/db/embedded/server.ts';
import type { OpenDatabase } from '../src/db/open.ts';
import { isUnavailable } from '../src/db/unavailable.ts';
import { fillDataFolder } from './support/data-folder.ts';
import { deepTest } from './support/depth.ts';
import {
  cleanup,
  DatabaseProcess,
  dataFolder,
  eventually,
  memoryLog,
  openLoggedDatabase,
} from './support/embedded-database.ts';

/** A way by TCP to a PostgreSQL that has only a socket, which a test can cut, and make silent. */
class Way {
  readonly #target: string;
  readonly #ends = new Set<Socket>();
  readonly #nearOf = new Map<Socket, Socket>();
  #server: Server | undefined;
  port = 0;

  get url(): string {
    return `postgres://vouch@127.0.0.1:${this.port}/postgres`;
  }

  /** How many connections there are. */
  get held(): number {
    return this.#ends.size / 2;
  }

  constructor(target: string) {
    this.#target = target;
  }

  async open(): Promise<void> {
    const server = createServer((near) => {
      const far = connect(this.#target);
      this.#nearOf.set(far, near);
      for (const end of [near, far]) this.#ends.add(end.on('error', () => {}));
      near.pipe(far).pipe(near);
      near.on('close', () => far.destroy());
      far.on('close', () => near.end());
    });
    await once(server.listen(this.port, '127.0.0.1'), 'listening');
    this.port = (server.address() as { port: number }).port;
    this.#server = server;
  }

  /** As when a server is shut down: no new connections, and the old ones are closed. */
  async cut(): Promise<void> {
    for (const end of this.#ends) end.destroy();
    this.#ends.clear();
    await this.close();
  }

  /** As when a server crashes: what it held is reset. */
  async crash(): Promise<void> {
    for (const end of this.#ends) end.remoteFamily ? end.resetAndDestroy() : end.destroy();
    this.#ends.clear();
    await this.close();
  }

  /** Lets so many bytes of the next answer through, and then closes. */
  tear(bytes: number): void {
    for (const far of this.#ends) {
      if (far.remoteFamily) continue;
      far.unpipe();
      far.once('data', (chunk: Buffer) => this.#nearOf.get(far)?.end(chunk.subarray(0, bytes))).resume();
    }
  }

  async close(): Promise<void> {
    if (this.#server?.listening) await once(this.#server.close(), 'close');
  }

  /** As when a machine loses its power: the connections are there, and nothing comes any more. */
  silence(): void {
    for (const end of this.#ends) end.unpipe().pause();
  }
}

const dataDir = await mkdtemp(join(tmpdir(), 'vouch-test-'));
fillDataFolder(dataDir);
const serverOfAll = await startEmbedded({ dataDir, log: memoryLog(() => {}) });
after(async () => {
  await serverOfAll.stop();
  await rm(dataDir, { recursive: true });
});

const one = (database: OpenDatabase) => database.run(() => database.sql`select 1 as one`);

describe('a database by its address', { concurrency: 3 }, () => {
  test('one that is not up yet is waited for, which the log says at once and without the password', async (t) => {
    const way = await wayToServer(t);
    await way.cut();
    const opener = new DatabaseProcess(t, { DATABASE_URL: `postgres://vouch:hidden@127.0.0.1:${way.port}/postgres` });
    const { log } = await opener.waitForLine((said) => said.log);
    assert.match(log!, new RegExp(`^database unreachable 127.0.0.1:${way.port}: .*ECONNREFUSED`));
    // a first start of PostgreSQL takes longer than a try or two
    await pause(6000);
    assert.equal(opener.child.exitCode, null, JSON.stringify(opener.lines));
    await way.open();
    await opener.waitForLine((said) => said.ready);
    assert.doesNotMatch(JSON.stringify(opener.lines), /hidden/);
  });

  test('one that answers that it is starting up is waited for', async (t) => {
    const way = await wayToServer(t);
    await way.cut();
    const parts = ['SFATAL', 'VFATAL', 'C57P03', 'Mthe database system is starting up', ''];
    const fields = Buffer.from(parts.map((part) => `${part}\0`).join(''));
    const refusal = Buffer.concat([Buffer.from('E'), Buffer.alloc(4), fields]);
    refusal.writeInt32BE(fields.length + 4, 1);
    let refused = 0;
    const starting = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (asked) => {
        const asksForTls = asked.length === 8 && asked.readInt32BE(4) === 80_877_103;
        if (asksForTls) return void socket.write('N');
        refused += 1;
        socket.end(refusal, () => socket.destroy());
      });
    });
    cleanup(t, () => starting.close());
    await once(starting.listen(way.port, '127.0.0.1'), 'listening');
    const opener = new DatabaseProcess(t, { DATABASE_URL: way.url });
    await eventually('ten refusals, or the end', () => refused >= 10 || opener.child.exitCode !== null);
    assert.equal(opener.child.exitCode, null, JSON.stringify(opener.lines));
    await once(starting.close(), 'close');
    await way.open();
    await opener.waitForLine((said) => said.ready);
  });

  deepTest('one that comes and goes during the start and the migrations is waited for', async (t) => {
    const way = await wayToServer(t);
    const starts = Array.from({ length: 4 }, () => new DatabaseProcess(t, { DATABASE_URL: way.url, MIGRATE: 'yes' }));
    await eventually('a connection', () => way.held > 0);
    for (let times = 0; times < 25; times += 1) {
      await pause(times * 2);
      await way.crash();
      await way.open();
    }
    for (const start of starts) assert.deepEqual(await start.outcome(), { ready: true });
  });

  test('one that goes away makes calls fail at once, and they work when it is back', async (t) => {
    const way = await wayToServer(t);
    const database = await openLoggedDatabase(t, { databaseUrl: way.url });
    await one(database);
    await way.cut();
    await eventually('the line that says so', () =>
      database.lines.some((line) => line.startsWith('database unreachable')),
    );
    const begun = performance.now();
    const outcomes = await Promise.allSettled(Array.from({ length: 500 }, () => one(database)));
    const took = performance.now() - begun;
    assert.ok(took < 2000, `500 calls took ${took} ms to fail`);
    for (const outcome of outcomes) assert.ok(outcome.status === 'rejected' && isUnavailable(outcome.reason));
    await way.open();
    const again = performance.now();
    await eventually('a call that works', () => one(database).catch(() => undefined));
    assert.ok(performance.now() - again < 2000);
    const all = await Promise.all(Array.from({ length: 50 }, () => one(database)));
    assert.ok(all.every(([row]) => row?.one === 1));
    assert.equal(database.lines.length, 2);
  });

  deepTest('one that crashes under load leaves no connection that hangs', async (t) => {
    const way = await wayToServer(t);
    const database = await openLoggedDatabase(t, { databaseUrl: way.url });
    const callers = keepCalling(database);
    try {
      for (let crash = 0; crash < 5; crash += 1) {
        const lines = database.lines.length;
        await way.crash();
        await eventually('the line that says so', () => database.lines.length > lines);
        await way.open();
        await eventually('the line that it is there', () => database.lines.length > lines + 1);
        await eventually('a call that works', () => one(database).catch(() => undefined));
      }
    } finally {
      await callers.end();
    }
    assert.ok(callers.slowestMs() < 5000, `the slowest call took ${callers.slowestMs()} ms`);
  });

  deepTest('connections that it ends one by one under load leave none that hangs', async (t) => {
    const way = await wayToOwnServer(t);
    const [database, other] = [
      await openLoggedDatabase(t, { databaseUrl: way.url }),
      await openLoggedDatabase(t, { databaseUrl: way.url }),
    ];
    const callers = keepCalling(database);
    try {
      for (let ended = 0; ended < 100; ended += 1) {
        await other.sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where backend_type = 'client backend' and pid <> pg_backend_pid() order by random() limit 1`;
      }
    } finally {
      await callers.end();
    }
    assert.ok(callers.slowestMs() < 5000, `the slowest call took ${callers.slowestMs()} ms`);
  });

  deepTest('an answer that is torn between two rows fails, and the next one has its rows and no other', async (t) => {
    const way = await wayToServer(t);
    const database = await openLoggedDatabase(t, { databaseUrl: way.url });
    const rows = () =>
      database.run(() => database.sql`select ${'x'.repeat(99)} as long, g from generate_series(1, 9) g`);
    for (const bytes of [300, 500, 700]) {
      await Promise.all(Array.from({ length: 4 }, rows));
      way.tear(bytes);
      const torn = await Promise.allSettled(Array.from({ length: 4 }, rows));
      for (const one of torn) assert.equal(one.status === 'rejected' && one.reason.code, 'CONNECTION_CLOSED');
      await eventually('a call that works', () => one(database).catch(() => undefined));
      for (const answer of await Promise.all(Array.from({ length: 8 }, rows))) {
        assert.deepEqual(
          Array.from(answer, (row) => row?.g),
          [1, 2, 3, 4, 5, 6, 7, 8, 9],
        );
      }
    }
  });

  test('one that vanishes without a word makes calls fail in 10 s, and they work when it is back', async (t) => {
    const way = await wayToServer(t);
    const database = await openLoggedDatabase(t, { databaseUrl: way.url });
    await Promise.all(Array.from({ length: 8 }, () => one(database)));
    way.silence();
    const begun = performance.now();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => one(database)));
    const took = performance.now() - begun;
    for (const outcome of outcomes) assert.ok(outcome.status === 'rejected' && isUnavailable(outcome.reason));
    assert.ok(took < 10_000, `took ${took} ms`);
    const again = performance.now();
    await eventually('a call that works', () => one(database).catch(() => undefined));
    assert.ok(performance.now() - again < 2000);
    const all = await Promise.all(Array.from({ length: 8 }, () => one(database)));
    assert.ok(all.every(([row]) => row?.one === 1));
  });

  deepTest('of several hosts the one that answers is used, and the other one after it', async (t) => {
    const [first, second] = [await wayToServer(t), await wayToOwnServer(t)];
    await first.cut();
    const database = await openLoggedDatabase(t, {
      databaseUrl: `postgres://vouch@127.0.0.1:${first.port},localhost:${second.port}/postgres`,
    });
    await database.sql`create table second ()`;
    await first.open();
    await second.cut();
    const [row] = await eventually('the first host', () =>
      database.run(() => database.sql`select to_regclass('second') as found`).catch(() => undefined),
    );
    assert.equal(row?.found, null);
  });

  test('a missing database or account is no reason to wait', async (t) => {
    const way = await wayToServer(t);
    for (const wrong of [way.url.replace('/postgres', '/absent'), way.url.replace('vouch@', 'stranger:hidden@')]) {
      const refused = await new DatabaseProcess(t, { DATABASE_URL: wrong }).outcome();
      assert.equal(refused.refused, 'StartupError');
      assert.match(refused.message!, /refuses us: .*(does not exist|no pg_hba.conf entry .*); correct DATABASE_URL/);
      assert.doesNotMatch(refused.message!, /hidden/);
    }
  });

  test('no statement and no wait for a lock outlives a request', async (t) => {
    const database = await openLoggedDatabase(t, { databaseUrl: (await wayToServer(t)).url });
    const [set] = await database.sql`
      select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
        current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`;
    assert.deepEqual({ ...set }, { statement: '8s', lock: '5s', idle: '10s', name: 'vouch' });
  });
});

/** Calls from forty sides without a pause, of which each may fail, but only as a passing fault. */
function keepCalling(database: OpenDatabase) {
  let done = false;
  let slowest = 0;
  const callers = Array.from({ length: 40 }, async () => {
    while (!done) {
      const begun = performance.now();
      await one(database).catch((fault) => assert.ok(isUnavailable(fault), String(fault)));
      slowest = Math.max(slowest, performance.now() - begun);
      await setImmediate();
    }
  });
  const end = async () => {
    done = true;
    await Promise.all(callers);
  };
  return { end, slowestMs: () => slowest };
}

/** A way to the server of all tests. */
async function wayToServer(t: TestContext, server = serverOfAll): Promise<Way> {
  const way = new Way(`${server.options.host}/.s.PGSQL.5432`);
  await way.open();
  cleanup(t, () => way.cut());
  return way;
}

/** A way to a server that no other test uses. */
async function wayToOwnServer(t: TestContext): Promise<Way> {
  const server = await startEmbedded({ dataDir: await dataFolder(t), log: memoryLog(() => {}) });
  cleanup(t, () => server.stop());
  return wayToServer(t, server);
}
