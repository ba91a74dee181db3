import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answered, AppProcess, assertInviteTree, connectDatabase, type Person } from './support/app-processes.ts';
import { repetitions } from './support/depth.ts';
import { anyNumber, freshDatabase } from './support/harness.ts';

const rounds = repetitions(4);
const workers = 12;

const databaseUrl = await freshDatabase();
const sql = await connectDatabase(databaseUrl);
const [witness, ...processes] = await Promise.all([AppProcess.start(databaseUrl), ...killed()]);
const owner = await witness.signUp();

/** What one client was told, and the last thing that it asked for without hearing an answer. */
interface Heard {
  phone: string;
  code?: string;
  token?: string;
  firstName?: string;
  askedFirstName?: string;
  redeemed?: string;
  loggedOut?: true;
  askedToLogOut?: true;
}

test('a process that is killed in the middle of traffic loses nothing that it acknowledged', async () => {
  const heard: Heard[] = [];
  for (const process of processes) {
    const before = heard.length;
    const traffic = Promise.allSettled(Array.from({ length: workers }, () => work(process, heard)));
    const isThrough = ({ redeemed }: Heard) => redeemed !== undefined;
    const mine = () => heard.slice(before);
    // some are through, and at least one is in the middle
    while (mine().filter(isThrough).length < 3 * workers || mine().every(isThrough)) await aMoment();
    await process.kill();
    for (const end of await traffic) {
      assert.ok(end.status === 'rejected' && !(end.reason instanceof assert.AssertionError), JSON.stringify(end));
    }
  }

  const cut = heard.filter(({ token, redeemed }) => !token || !redeemed).length;
  assert.ok(cut > 0, 'some were cut off before they were through');
  for (const one of heard) await assertKept(one);
  const redeemed = heard.filter((one) => one.redeemed).length;
  const [counted] = await sql`select invited_count from invite where code = ${owner.code}`;
  assert.ok(counted!.invited_count >= redeemed, `${counted!.invited_count} counted, ${redeemed} acknowledged`);
  await assertInviteTree(sql);
});

function killed(): Promise<AppProcess>[] {
  return Array.from({ length: rounds }, () => AppProcess.start(databaseUrl));
}

/** Signs people up, edits, redeems, edits, and signs every third one out, until the process is gone. */
async function work(process: AppProcess, heard: Heard[]): Promise<void> {
  for (;;) {
    const one: Heard = { phone: anyNumber() };
    heard.push(one);
    one.code = await process.ask(one.phone);
    one.token = (await said(process.verify(one.phone, one.code), 201)).token as string;
    await edit(process, one, `before ${one.phone}`);
    one.redeemed = (await said(process.redeem(one as Person, owner.code), 200)).invite_code;
    for (const name of ['one', 'two', 'three']) await edit(process, one, name);
    if (heard.length % 3) continue;
    one.askedToLogOut = true;
    await said(process.call('POST', '/api/auth/token/logout/', undefined, one.token), 204);
    one.loggedOut = true;
  }
}

async function edit(process: AppProcess, one: Heard, firstName: string): Promise<void> {
  one.askedFirstName = firstName;
  const changed = process.call('PATCH', '/api/users/me', { first_name: firstName }, one.token);
  one.firstName = (await said(changed, 200)).first_name;
}

async function said(answer: Promise<Answered>, status: number) {
  const { status: actual, data } = await answer;
  assert.equal(actual, status, JSON.stringify(data));
  return data;
}

async function assertKept(one: Heard): Promise<void> {
  if (!one.token) return;
  const again = await witness.verify(one.phone, one.code!);
  assert.equal(again.status, 400, 'a used code is not usable again');
  const { status, data } = await witness.call('GET', '/api/users/me', undefined, one.token);
  if (one.loggedOut) return assert.equal(status, 401, 'a session that was ended stays ended');
  if (status === 401 && one.askedToLogOut) return;
  assert.equal(status, 200, 'a token that was given works');
  assert.equal(data.phone_number, one.phone);
  assert.ok([one.firstName ?? null, one.askedFirstName ?? null].includes(data.first_name), data.first_name);
  if (one.redeemed) assert.equal(data.invite_code, owner.code);
}

/** A moment of the traffic: as long as the witness takes to look at itself. */
async function aMoment(): Promise<void> {
  assert.equal((await witness.call('GET', '/api/users/me', undefined, owner.token)).status, 200);
}
