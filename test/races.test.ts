import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { TransactionSql } from 'postgres';
import {
  type Answered,
  type AppClient,
  AppProcess,
  assertInviteTree,
  connectDatabase,
  insertPeople,
  LocalApp,
  type Person,
} from './support/app-processes.ts';
import { deepTest, isFullDepth, repetitions } from './support/depth.ts';
import { eventually } from './support/embedded-database.ts';
import { anyNumber, freshDatabase } from './support/harness.ts';

const databaseUrl = await freshDatabase();
const sql = await connectDatabase(databaseUrl);
/**
 * Over several databases each connection costs those to all of them. A run that is not deep makes a tenth there, with apps
 * of this process that share four.
 */
const isTenth = process.env.TEST_FRONT_URL !== undefined && !isFullDepth;
const crowd = (count: number) => (isTenth ? Math.max(10, count / 10) : count);
/** How many accounts are erased at once. */
const erased = isTenth ? 6 : repetitions(60, 12);
const start = (): Promise<AppClient> => (isTenth ? LocalApp.open(databaseUrl) : AppProcess.start(databaseUrl));
const processes = await Promise.all([1, 2, 3].map(start));

// the limit of guesses that belong to no challenge: all of these processes are one client network
beforeEach(() => sql`delete from rate_limit where key like 'guess:%'`);

test('of 200 guesses at once over three processes, the right code among them, at most five are judged', async () => {
  for (let round = 0; round < repetitions(5); round += 1) {
    const phone = anyNumber();
    const code = await processes[0]!.ask(phone);
    const answers = await atOnce(crowd(200), (at, process) =>
      process.verify(phone, at % 40 === 7 ? code : wrong(code, at)),
    );
    const [challenge] = await challengeOf(phone);
    const signedIn = answers.filter(({ status }) => status === 201).length;
    const judged = answers.filter(({ data }) => data.guesses_left !== undefined).length;
    assert.ok(challenge!.guesses <= 5 && challenge!.counted <= 5, `${challenge!.guesses} guesses`);
    // the right guess is given back with the use, so that one more wrong one may be counted at the used challenge
    assert.ok(judged <= 4 + signedIn, `${judged} were told how many guesses are left, which only the last four are`);
    assert.ok(signedIn <= 1);
    assert.equal(challenge!.used, signedIn === 1);
    assert.equal(await sessionsOf(phone), signedIn);
    if (!signedIn) assert.equal(challenge!.guesses, 5);
  }
});

test('after five wrong guesses 200 right ones at once sign nobody in', async () => {
  const phone = anyNumber();
  const code = await processes[0]!.ask(phone);
  for (let at = 0; at < 5; at += 1) await processes[at % 3]!.verify(phone, wrong(code, at));
  const answers = await atOnce(crowd(200), (_, process) => process.verify(phone, code));
  assert.deepEqual(statuses(answers), { 400: crowd(200) });
  assert.equal(await sessionsOf(phone), 0);
});

test('of 1,000 wrong guesses at once five are judged', async () => {
  const phone = anyNumber();
  const code = await processes[1]!.ask(phone);
  const answers = await heldBack(
    (row) => row`select from challenge where phone_number = ${phone} for update`,
    () => atOnce(crowd(1000), (at, process) => process.verify(phone, wrong(code, at))),
  );
  // a busy machine refuses what it cannot answer in time
  const inTime = answers.filter(({ status }) => status !== 503);
  assert.deepEqual(statuses(inTime), { 400: inTime.length });
  const left = inTime.map(({ data }) => data.guesses_left).filter((one) => one !== undefined);
  const isAll = inTime.length === answers.length;
  assert.deepEqual(left.sort(), isAll ? [0, 1, 2, 3] : [0, 1, 2, 3].filter((one) => left.includes(one)));
  const [challenge] = await challengeOf(phone);
  assert.deepEqual({ ...challenge }, { guesses: 5, counted: 5, used: false });
});

test('200 right codes at once open one session', async () => {
  for (let round = 0; round < repetitions(3); round += 1) {
    const phone = anyNumber();
    const code = await processes[0]!.ask(phone);
    const answers = await heldBack(
      (row) => row`select from challenge where phone_number = ${phone} for update`,
      () => atOnce(crowd(200), (_, process) => process.verify(phone, code)),
    );
    assert.deepEqual(statuses(answers), { 201: 1, 400: crowd(200) - 1 });
    assert.equal(await sessionsOf(phone), 1);
  }
});

test('100 requests for a code of one number at once send one message', async () => {
  const phone = anyNumber();
  const answers = await heldBack(
    (row) => row`select from rate_limit where key like 'sms:%' for update`,
    () => atOnce(crowd(100), (_, process) => process.call('POST', '/api/request-sms/', { phone_number: phone })),
  );
  assert.deepEqual(statuses(answers), { 201: 1, 429: crowd(100) - 1 });
  const sent = await Promise.all(processes.map((process) => process.codes(phone)));
  assert.equal(sent.flat().length, 1);
  for (const { status, headers } of answers) {
    // the pause of 30 s, of which a busy machine has used up a part
    if (status === 429) assert.match(headers.get('retry-after')!, /^([1-9]|[12]\d|3[01])$/);
  }
});

test('one person with 64 codes at once redeems one of them', async () => {
  const [person, ...owners] = await insertPeople(sql, crowd(64) + 1);
  const answers = await heldBack(
    (row) => row`select from invite where code = ${person!.code} for update`,
    () => atOnce(crowd(64), (at, process) => process.redeem(person!, owners[at]!.code)),
  );
  assert.deepEqual(statuses(answers), { 200: 1, 400: crowd(64) - 1 });
  const { data } = await processes[1]!.call('GET', '/api/users/me', undefined, person!.token);
  assert.equal(data.invite_code, answers.find(({ status }) => status === 200)!.data.invite_code);
  await assertInviteTree(sql);
});

test('64 people with one code at once are all counted', async () => {
  const [owner, ...people] = await insertPeople(sql, crowd(64) + 1);
  const answers = await heldBack(
    (row) => row`select from invite where code = ${owner!.code} for update`,
    () => atOnce(crowd(64), (at, process) => process.redeem(people[at]!, owner!.code)),
  );
  assert.deepEqual(statuses(answers), { 200: crowd(64) });
  const { data } = await processes[2]!.call('GET', '/api/users/me', undefined, owner!.token);
  assert.equal(data.invited_count, crowd(64));
  assert.deepEqual(new Set(data.invited), new Set(people.map(({ phone }) => phone)));
  await assertInviteTree(sql);
});

test('one person with one code 64 times at once is counted once', async () => {
  const [owner, person] = await insertPeople(sql, 2);
  const answers = await heldBack(
    (row) => row`select from invite where code in (${owner!.code}, ${person!.code}) for update`,
    () => atOnce(crowd(64), (_, process) => process.redeem(person!, owner!.code)),
  );
  assert.deepEqual(statuses(answers), { 200: crowd(64) });
  const { data } = await processes[0]!.call('GET', '/api/users/me', undefined, owner!.token);
  assert.equal(data.invited_count, 1);
});

test('of 200 pairs who redeem each other at once one of each pair wins', async () => {
  const many = crowd(400);
  const people = await insertPeople(sql, many);
  const answers = await atOnce(many, (at, process) => process.redeem(people[at]!, people[at ^ 1]!.code));
  for (let at = 0; at < many; at += 2) {
    assert.deepEqual([answers[at]!.status, answers[at + 1]!.status].sort(), [200, 400]);
  }
  assert.deepEqual(refusals(answers), { invite_code_circle: many / 2 });
  await assertInviteTree(sql);
});

test('circles of three to eight who redeem at once stay open in one place', async () => {
  const sizes = [3, 4, 5, 6, 7, 8].flatMap((size) => Array<number>(repetitions(5)).fill(size));
  const circles: Person[][] = [];
  for (const size of sizes) circles.push(await insertPeople(sql, size));
  const answers = await Promise.all(
    circles.map((circle) => atOnce(circle.length, (at, process) => process.redeem(circle[at]!, next(circle, at).code))),
  );
  for (const [at, circle] of answers.entries()) {
    assert.deepEqual(statuses(circle), { 200: sizes[at]! - 1, 400: 1 });
    assert.deepEqual(refusals(circle), { invite_code_circle: 1 });
  }
  await assertInviteTree(sql);
});

test('trees that are hung into each other at once, newcomers at every leaf, stay a forest', async () => {
  const trees = isTenth ? 7 : 12;
  const roots = await insertPeople(sql, trees);
  const children = await Promise.all(
    roots.map(async (root) => {
      const child = await processes[1]!.signUp();
      assert.equal((await processes[1]!.redeem(child, root.code)).status, 200);
      return child;
    }),
  );
  const newcomers = Array.from({ length: 3 * trees }, anyNumber);
  const codes = await Promise.all(newcomers.map((phone, at) => processes[at % 3]!.ask(phone)));
  const hung = atOnce(6 * trees, (at, process) =>
    process.redeem(roots[at % trees]!, children[((at % trees) + 1 + Math.floor(at / trees)) % trees]!.code),
  );
  const grown = atOnce(3 * trees, (at, process) =>
    process.call('POST', '/api/verify-sms/', {
      phone_number: newcomers[at],
      sms_code: codes[at],
      invite_code: (at % 2 ? roots : children)[at % trees]!.code,
    }),
  );
  assert.deepEqual(statuses(await grown), { 201: 3 * trees });
  assert.deepEqual(Object.keys(statuses(await hung)), ['200', '400']);
  await assertInviteTree(sql);
  const [root] = await sql`select count(*)::int as without from invite i join account a on a.id = i.account_id
    where i.inviter_id is null and a.phone_number = any(string_to_array(${roots.map(({ phone }) => phone).join()}, ','))`;
  assert.equal(root!.without, 1, 'everybody but the last root found a tree');
});

deepTest(
  'one number that was erased with two open codes, one of them of a trusted device, signs up as one person',
  async () => {
    const phones = Array.from({ length: 24 }, anyNumber);
    const first = await Promise.all(
      phones.map(async (phone) => processes[0]!.verify(phone, await processes[0]!.ask(phone))),
    );
    const known = first.map(({ headers }) => ({ 'device-token': headers.get('device-token')! }));
    const { code: inviter } = await processes[0]!.signUp();
    await Promise.all(processes.map((process) => process.turn(60)));
    const codes = await Promise.all(phones.map((phone) => processes[0]!.ask(phone)));
    const knownCodes = await Promise.all(phones.map((phone, at) => processes[1]!.ask(phone, known[at])));
    await Promise.all(first.map(({ data }) => processes[0]!.call('DELETE', '/api/users/me', undefined, data.token)));
    const answers = await atOnce(48, (at, process) => {
      const person = at >> 1;
      const [code, more] = at % 2 ? [codes[person], {}] : [knownCodes[person], known[person]];
      const body = { phone_number: phones[person], sms_code: code, invite_code: inviter };
      return process.call('POST', '/api/verify-sms/', body, undefined, more);
    });
    await Promise.all(processes.map((process) => process.turn(0)));
    const [ofStrangers, ofDevices] = [1, 0].map((odd) => answers.filter((_, at) => at % 2 === odd));
    assert.deepEqual(
      [statuses(ofStrangers!), statuses(ofDevices!)],
      [{ 201: 24 }, { 400: 24 }],
      'trust ends by erasing',
    );
    assert.equal(answers.filter(({ data }) => data.created).length, 24);
    await assertInviteTree(sql);
    const [owner] = await sql`select invited_count from invite where code = ${inviter}`;
    assert.equal(owner!.invited_count, 24);
  },
);

test('an account that is erased while its code is redeemed: redeemed and counted, or refused as unknown', async () => {
  const [owners, people] = [await insertPeople(sql, erased), await insertPeople(sql, erased)];
  const answers = await atOnce(2 * erased, (at, process) =>
    at % 2 ? process.erase(owners[at >> 1]!) : process.redeem(people[at >> 1]!, owners[at >> 1]!.code),
  );
  assert.deepEqual(statuses(answers.filter((_, at) => at % 2)), { 204: erased });
  for (const [at, { status, data }] of answers.entries()) {
    if (at % 2 === 0 && status !== 200) assert.equal(data.code, 'invite_code_unknown');
  }
  await assertInviteTree(sql);
});

test('an account that is erased while it redeems: redeemed and counted, or not at all', async () => {
  const [owners, people] = [await insertPeople(sql, erased), await insertPeople(sql, erased)];
  const answers = await atOnce(2 * erased, (at, process) =>
    at % 2 ? process.erase(people[at >> 1]!) : process.redeem(people[at >> 1]!, owners[at >> 1]!.code),
  );
  assert.deepEqual(statuses(answers.filter((_, at) => at % 2)), { 204: erased });
  await assertInviteTree(sql);
  for (const [at, owner] of owners.entries()) {
    const { status } = answers[at * 2]!;
    assert.ok(status === 200 || status === 401, String(status));
    const { data } = await processes[2]!.call('GET', '/api/users/me', undefined, owner.token);
    assert.deepEqual([data.invited_count, data.invited], [status === 200 ? 1 : 0, []]);
  }
});

test('an account that is erased while its person signs in: no session of it lives on', async () => {
  const people = await insertPeople(sql, erased);
  await Promise.all(processes.map((process) => process.turn(60)));
  const codes = await Promise.all(people.map(({ phone }) => processes[1]!.ask(phone)));
  const answers = await atOnce(2 * erased, (at, process) => {
    const { phone } = people[at >> 1]!;
    return at % 2 ? process.erase(people[at >> 1]!) : process.verify(phone, codes[at >> 1]!);
  });
  await Promise.all(processes.map((process) => process.turn(0)));
  for (const [at, person] of people.entries()) {
    const [signedIn, erased] = [answers[at * 2]!, answers[at * 2 + 1]!];
    assert.deepEqual([signedIn.status, erased.status], [201, 204]);
    for (const process of processes) {
      assert.equal((await process.call('GET', '/api/users/me', undefined, person.token)).status, 401);
      const later = await process.call('GET', '/api/users/me', undefined, signedIn.data.token);
      assert.equal(later.status, signedIn.data.created ? 200 : 401);
    }
  }
  const [orphans] = await sql`select count(*)::int from session where account_id not in (select id from account)`;
  assert.equal(orphans!.count, 0);
});

test('deletion ends every session of the account on every process at once', async () => {
  const person = await processes[0]!.signUp();
  const tokens = [person.token];
  for (const seconds of [100, 250]) {
    await Promise.all(processes.map((process) => process.turn(seconds)));
    const { data } = await processes[1]!.verify(person.phone, await processes[1]!.ask(person.phone));
    tokens.push(data.token);
  }
  const paths = ['/api/users/me', '/api/users/me/sessions', '/api/users/me/invited'];
  const seen = () =>
    Promise.all(
      tokens.flatMap((token) =>
        processes.flatMap((process) => paths.map((path) => process.call('GET', path, undefined, token))),
      ),
    );
  assert.deepEqual(statuses(await seen()), { 200: 27 });
  assert.equal((await processes[2]!.erase(person)).status, 204);
  assert.deepEqual(statuses(await seen()), { 401: 27 });
  await Promise.all(processes.map((process) => process.turn(0)));
});

test('the limits of a number hold across processes and a restart', { skip: isTenth }, async () => {
  const phone = anyNumber();
  const restarted = await start();
  const [first, second] = [processes[0]!, processes[1]!];
  let ahead = 0;
  for (const [round, pause] of [30, 60, 120, 120].entries()) {
    const process = [first, restarted, second, first][round]!;
    await process.ask(phone);
    const refused = await [second, first][round % 2]!.call('POST', '/api/request-sms/', { phone_number: phone });
    assert.equal(refused.status, 429, 'the pause holds on another process');
    if (round === 1) await restarted.stop();
    for (let at = 0; at < 5; at += 1) {
      assert.equal((await [first, second][at % 2]!.verify(phone, 'x')).status, 400);
    }
    ahead += pause;
    await Promise.all([first, second].concat(round < 1 ? restarted : []).map((one) => one.turn(ahead)));
  }
  const again = await start();
  await again.turn(ahead);
  assert.match(await again.ask(phone), /^\d{8}$/, 'three challenges of strangers have failed');
  for (const process of [again, first, second]) {
    await process.turn(ahead + 1800);
    const asked = await process.call('POST', '/api/request-sms/', { phone_number: phone });
    assert.equal(asked.status, 429, 'five messages an hour');
    await process.turn(0);
  }
});

test('none of all this ended in a deadlock', async () => {
  await Promise.all(processes.map((process) => process.stop()));
  // a connection tells its counts when it ends
  const counts = await eventually('the counts of the processes', async () => {
    const [row] =
      await sql`select sum(xact_commit)::int as commits, sum(deadlocks)::int as deadlocks from pg_stat_database
      where starts_with(datname, current_database())`;
    return row!.commits > repetitions(4000, 400) ? row : undefined;
  });
  assert.equal(counts.deadlocks, 0);
});

/**
 * A barrier: holds the rows on which all have to wait until the processes have begun as many statements as they can, so
 * that each of them has seen the database as it was before any of the others.
 */
async function heldBack(
  hold: (transaction: TransactionSql) => PromiseLike<unknown>,
  act: () => Promise<Answered[]>,
): Promise<Answered[]> {
  let answers: Promise<Answered[]> | undefined;
  await sql.begin(async (transaction) => {
    // a busy machine may take longer to begin them all than the product lets a transaction be idle
    await transaction`select set_config('idle_in_transaction_session_timeout', '0', true)`;
    await hold(transaction);
    answers = act();
    await eventually('most connections to wait', async () => {
      const [waiting] = await sql`select count(*)::int from pg_stat_activity
        where starts_with(datname, current_database()) and wait_event_type = 'Lock'`;
      return waiting!.count >= (isTenth ? 3 : 20);
    });
  });
  return answers!;
}

/** So many calls at once, dealt to the processes in turn. */
function atOnce(count: number, call: (at: number, process: AppClient) => Promise<Answered>): Promise<Answered[]> {
  return Promise.all(Array.from({ length: count }, (_, at) => call(at, processes[at % processes.length]!)));
}

function statuses(answers: readonly Answered[]): Record<string, number> {
  return counted(answers.map(({ status }) => String(status)));
}

function refusals(answers: readonly Answered[]): Record<string, number> {
  return counted(answers.filter(({ status }) => status >= 400).map(({ data }) => data.code));
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function next<T>(circle: readonly T[], at: number): T {
  return circle[(at + 1) % circle.length]!;
}

/** A code that is not the right one; another for each `at`. */
function wrong(code: string, at: number): string {
  return String((Number(code) + 1 + at) % 1e6).padStart(6, '0');
}

function challengeOf(phone: string) {
  return sql<{ guesses: number; counted: number; used: boolean }[]>`
    select guesses + network_guesses as guesses, cardinality(guessed_at) as counted, used_at is not null as used from challenge where phone_number = ${phone}`;
}

async function sessionsOf(phone: string): Promise<number> {
  const [row] =
    await sql`select count(*)::int from session join account on account.id = account_id where phone_number = ${phone}`;
  return row!.count;
}
