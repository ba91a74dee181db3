import type { Database, Fragment } from '../db/database.ts';
import type { NewDelivery } from '../deliveries/delivery.ts';
import { insertDelivery, triedFor, undeliveredAt } from '../deliveries/store.ts';
import { lastOf, present } from '../kit/present.ts';
import type { DailyCounter } from '../limits/daily.ts';
import { countDaily, dailyRefusal, pickDaily } from '../limits/daily-store.ts';
import type { Bucket } from '../limits/rate-limit.ts';
import { maxGuesses, numberGuesses, numberSends } from '../limits/rules.ts';
import { consume, recordRefusal } from '../limits/store.ts';
import { isTrustedDevice } from '../sessions/device-store.ts';
import type { DeviceToken } from '../sessions/trusted-device.ts';
import { codeLifeSeconds, type DeviceTrust, minReuseSeconds, type SendWaits } from './challenge.ts';
import type { CodedChallenge } from './code.ts';

/**
 * The result of requesting a code: the challenge whose code is to be sent, or only the waits if nothing may be sent.
 */
export type OpenedChallenge = SendWaits & {
  readonly id: string | null;
  readonly key_id: string;
  readonly code_length: number;
  readonly expires_in: number;
  readonly resend_in: number;
  /** Whether the code is new; an earlier code, if there was one, no longer works. */
  readonly is_new: boolean;
  readonly now: Date;
  /**
   * The providers tried for this challenge, and for used ones whose expiry it inherited, oldest first, separated by
   * commas.
   */
  readonly tried: string | null;
};

/**
 * Opens a challenge for a number, or finds the open one, and counts the message against the limits of the number and
 * the client address. It is one statement, so that of a hundred concurrent requests one is sent. The open challenge is
 * kept, with its code and its count of guesses, until it is used, guessed at too often, about to expire, or its key is
 * withdrawn. After a use only the code is new: expiry, count of guesses and order of routes stay as reported before, so
 * that no response reveals whether somebody has signed in (docs/decisions/030). The statement also records the message,
 * or its refusal. The pause does not hold if the last message is known not to have arrived. A test number has a rate
 * limit of its own, and no other.
 */
export async function openChallenge(
  db: Database,
  input: {
    phoneNumber: string;
    device: readonly DeviceToken[];
    challengeId: string;
    keyId: string;
    keyIds: readonly string[];
    codeLength: number;
    /** The rate limits of the message: those of the client's networks, narrowest first, or of a test number. */
    buckets: readonly Bucket[];
    /** The counters of the day for the message; none if nothing is sent. */
    daily: readonly DailyCounter[];
    isTestNumber: boolean;
    delivery: NewDelivery;
  },
): Promise<OpenedChallenge> {
  const { sql } = db;
  const isReusable = sql`(c.guesses < ${maxGuesses} and c.code_length = excluded.code_length
    and c.key_id = any(string_to_array(${input.keyIds.join()}, ','))
    and c.expires_at > ${db.now()} + ${minReuseSeconds}::float8 * interval '1 second')`;
  const isKept = sql`(c.used_at is null and ${isReusable})`;
  const deviceTrust = sql`(select device_trust from requester)`;
  const free = sql`not exists (select from earlier where ${numberWait(db, 'sent_at')} > 0)`;
  // the row is locked before anything is counted: of several concurrent requests for a number, one counts
  const open = sql`${free} and not exists (select from daily_full)
    and not exists (select from mine where ${numberWait(db, 'mine.sent_at')} > 0)`;
  const [row] = await db.run(
    () => sql<OpenedChallenge[]>`with
      requester as (select ${deviceTrustOf(db, isTrustedDevice(db, input.phoneNumber, input.device))} as device_trust),
      lost as (select ${undeliveredAt(db, input.phoneNumber)} as at),
      earlier as (select sent_at from challenge where phone_number = ${input.phoneNumber} and device_trust = ${deviceTrust}
        and not ${input.isTestNumber}::boolean),
      mine as (select sent_at from challenge where phone_number = ${input.phoneNumber} and device_trust = ${deviceTrust}
        and not ${input.isTestNumber}::boolean and ${free} for update),
      ${pickDaily(db, input.daily, sql`${deviceTrust} = 'known_device'`)},
      ${consume(db, 'allowed', 'limit_waits', { buckets: input.buckets, when: open })},
      ${countDaily(db, input.daily, 'allowed')},
      asked as (
        insert into challenge as c (phone_number, device_trust, id, key_id, code_length, expires_at, sent_at)
        select ${input.phoneNumber}, ${deviceTrust}, ${input.challengeId}::uuid, ${input.keyId}, ${input.codeLength}::smallint,
          ${db.now()} + ${codeLifeSeconds}::float8 * interval '1 second', array[${db.now()}]
        from passed
        on conflict (phone_number, device_trust) do update set
          sent_at = (${db.now()} || c.sent_at)[1:${numberSends.day.quota}],
          id = case when ${isKept} then c.id else excluded.id end,
          earlier_ids = case when ${isKept} then c.earlier_ids when ${isReusable} then c.earlier_ids || c.id else '{}' end,
          key_id = case when ${isKept} then c.key_id else excluded.key_id end,
          code_length = excluded.code_length,
          expires_at = case when ${isReusable} then c.expires_at else excluded.expires_at end,
          guesses = case when ${isReusable} then c.guesses else 0 end,
          used_at = null
        where ${numberWait(db, 'c.sent_at')} <= 0 or ${input.isTestNumber}::boolean
        returning *
      ),
      ${insertDelivery(db, input.delivery)},
      waits as (
        select ${pauseWait(db, 'earlier.sent_at')} as pause_wait,
          ${windowWait(db, 'earlier.sent_at', numberSends.hour)} as hour_wait,
          ${windowWait(db, 'earlier.sent_at', numberSends.day)} as day_wait, limit_waits.*,
          ${dailyRefusal(db)}
        from limit_waits left join earlier on true
      ),
      ${recordRefusal(db, input.phoneNumber, lastOf(input.buckets).key, refusedBy(db))}
      select waits.*, asked.id, asked.key_id, asked.code_length, ${triedFor(db, input.phoneNumber, sql`asked.earlier_ids || asked.id`)} as tried,
        round(extract(epoch from asked.expires_at - ${db.now()}))::int as expires_in, ${db.now()} as now,
        asked.expires_at = ${db.now()} + ${codeLifeSeconds}::float8 * interval '1 second' as is_new,
        case when ${input.isTestNumber}::boolean then 0 else ceil(${numberWait(db, 'asked.sent_at')}) end::int as resend_in
      from waits left join asked on true`,
  );
  return present(row, 'the outcome');
}

/** An expression: the device_trust whose limits a request counts against. */
function deviceTrustOf({ sql }: Database, trusted: Fragment): Fragment {
  return sql`case when ${trusted} then 'known_device' else 'unknown_device' end`;
}

/** The limit that refused, as `explainSendRefusal` returns it; null if `asked` has a row. */
function refusedBy({ sql }: Database): Fragment {
  const { pause, hour, day } = numberSends;
  return sql`(select name from waits, lateral (values (1, ${pause.name}, pause_wait), (2, ${hour.name}, hour_wait),
      (3, ${day.name}, day_wait), (4, limit_name, limit_wait),
      (0, 'daily_max', case when daily_scope is not null then 1e-6 end)) as l (place, name, wait)
    where not exists (select from asked) order by greatest(wait, 0) desc, place limit 1)`;
}

/** The seconds until all limits of a number allow a message, from the times of the earlier ones, newest first. */
function numberWait(db: Database, sentAt: string): Fragment {
  // `greatest` ignores nulls, of windows that are not full; the pause is never null, as every row has a time
  return db.sql`greatest(${pauseWait(db, sentAt)}, ${windowWait(db, sentAt, numberSends.hour)},
    ${windowWait(db, sentAt, numberSends.day)})`;
}

/**
 * The seconds until the growing pause after the newest message ends, from an array of times, newest first; by `lost
 * (at)`.
 */
function pauseWait({ sql, now }: Database, sentAt: string): Fragment {
  const [first, second, third] = numberSends.pauses;
  return sql`extract(epoch from ${sql(sentAt)}[1] - ${now()} + interval '1 second' * case
    when ${sql(sentAt)}[1] = (select at from lost) then 0
    when ${sql(sentAt)}[3] > ${now()} - interval '1 hour' then ${third}::int
    when ${sql(sentAt)}[2] > ${now()} - interval '1 hour' then ${second}::int
    else ${first}::int end)::float8`;
}

/** The seconds until the n-th newest of an array of times leaves a window; null if there are fewer. */
function windowWait({ sql, now }: Database, times: string, limit: { quota: number; windowSeconds: number }): Fragment {
  return sql`extract(epoch from ${sql(times)}[${limit.quota}::int] - ${now()}
    + ${limit.windowSeconds}::float8 * interval '1 second')::float8`;
}

/**
 * The result of counting a guess: the challenge to check it by, or none, and the wait until the number accepts guesses
 * again.
 */
export type GuessRow = Partial<CodedChallenge> & {
  readonly id: string | null;
  readonly device_trust: DeviceTrust;
  readonly guesses: number;
  readonly day_wait: number | null;
};

/**
 * Counts a guess at the open challenge of a number. A used challenge counts guesses until it expires, as an unused one
 * does, so that the responses are the same; `signIn` accepts none of them. The statement commits before the code is
 * checked, so that concurrent guesses cannot exceed the limits of the challenge and the number.
 */
export async function countGuess(db: Database, phoneNumber: string, device: readonly DeviceToken[]): Promise<GuessRow> {
  const { sql, now } = db;
  const deviceTrust = deviceTrustOf(db, isTrustedDevice(db, phoneNumber, device));
  const [row] = await db.run(
    () => sql<GuessRow[]>`with
      target as (
        select device_trust, guessed_at from challenge
        where phone_number = ${phoneNumber} and device_trust in ('unknown_device', ${deviceTrust})
        order by used_at is null and expires_at > ${now()} desc, expires_at > ${now()} desc, device_trust = 'known_device' desc limit 1
      ),
      counted as (
        update challenge c set guesses = c.guesses + 1,
          guessed_at = (${now()} || c.guessed_at)[1:${numberGuesses.quota}]
        from target
        where c.phone_number = ${phoneNumber} and c.device_trust = target.device_trust
          and c.expires_at > ${now()} and c.guesses < ${maxGuesses}
          and coalesce(${windowWait(db, 'c.guessed_at', numberGuesses)}, 0) <= 0
        returning c.id, c.device_trust, c.key_id, c.code_length, c.guesses
      ),
      ${recordRefusal(
        db,
        phoneNumber,
        undefined,
        sql`(select ${numberGuesses.name}::text from target where not exists (select from counted)
          and ${windowWait(db, 'target.guessed_at', numberGuesses)} > 0)`,
      )}
      select counted.*, ${windowWait(db, 'target.guessed_at', numberGuesses)} as day_wait
      from (values (1)) one left join target on true left join counted on true`,
  );
  return present(row, 'the outcome');
}
