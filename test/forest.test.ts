import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertInviteTree } from './support/app-processes.ts';
import { repetitions } from './support/depth.ts';
import { anyNumber, openApp, type TestApp, withToken } from './support/harness.ts';

const networkMessagesPerHour = 100_000;
const one = await openApp({ networkMessagesPerHour });
const other = await openApp({ networkMessagesPerHour, databaseUrl: one.databaseUrl });

type Step =
  | { do: 'redeem'; who: number; whose: number }
  | { do: 'erase'; who: number }
  | { do: 'sign up'; whose: number };

interface Person {
  readonly token: string;
  readonly code: string;
  /** The codes that this person was told to have redeemed. */
  readonly redeemed: Set<string>;
}

const people = 7;
const who = fc.nat(people - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('redeem' as const), who, whose: who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sign up' as const), whose: who }) },
);

test('after any interleaving of redeeming, erasing and signing up the invites are a forest and every count is true', async () => {
  const steps = fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(steps, async (batches) => {
      const known = await Promise.all(Array.from({ length: people }, (_, at) => signUp(door(at))));
      for (const batch of batches) await Promise.all(batch.map((one, at) => take(one, known, door(at))));
      await assertInviteTree(one.sql);
      for (const person of known) await assertOnce(person);
    }),
    { seed: 20_240_607, numRuns: repetitions(40, 10), endOnFailure: true },
  );
});

function door(at: number): TestApp {
  return at % 2 ? one : other;
}

async function signUp(app: TestApp, inviteCode?: string): Promise<Person> {
  const phone = anyNumber();
  await app.call('POST', '/api/request-sms/', { phone_number: phone });
  const verified = await app.call('POST', '/api/verify-sms/', {
    phone_number: phone,
    sms_code: app.codeFor(phone),
    ...(inviteCode ? { invite_code: inviteCode } : {}),
  });
  assert.equal(verified.statusCode, 201, verified.body);
  const { token } = verified.data;
  const { data } = await app.call('GET', '/api/users/me', undefined, withToken(token));
  return { token, code: data.referal_code, redeemed: new Set(data.invite_code ? [data.invite_code] : []) };
}

async function take(step: Step, known: Person[], app: TestApp): Promise<void> {
  if (step.do === 'sign up') return void known.push(await signUp(app, known[step.whose]!.code));
  const person = known[step.who]!;
  if (step.do === 'erase') {
    const { statusCode } = await app.call('DELETE', '/api/users/me', undefined, withToken(person.token));
    return assert.ok(statusCode === 204 || statusCode === 401, String(statusCode));
  }
  const body = { invite_code: known[step.whose]!.code };
  const answer = await app.call('PATCH', '/api/users/me/invite_code', body, withToken(person.token));
  assert.ok([200, 400, 401].includes(answer.statusCode), answer.body);
  if (answer.statusCode === 200) person.redeemed.add(answer.data.invite_code);
}

/** What a person was told is what the database holds: one code, or none. */
async function assertOnce({ code, redeemed }: Person): Promise<void> {
  const [held] = await one.sql<{ code: string | null }[]>`
    select inviter.code from invite own left join invite inviter on inviter.account_id = own.inviter_id
    where own.code = ${code}`;
  assert.deepEqual([...redeemed], held?.code ? [held.code] : []);
}
