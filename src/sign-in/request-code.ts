import type { Database } from '../db/database.ts';
import { clientNetwork } from '../deliveries/client-network.ts';
import type { Deliveries } from '../deliveries/open.ts';
import type { Language } from '../kit/language.ts';
import type { Log } from '../kit/log.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { random } from '../kit/random.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { type Allowance, networkBuckets } from '../limits/allowance.ts';
import { type DailyMax, dailyCounters } from '../limits/daily.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { parseDeviceTokens } from '../sessions/trusted-device.ts';
import type { Channel } from '../sms/provider.ts';
import { judgeDailyMax, judgeRefusedSend, judgeRefusedTest, type RequestRefusal } from './challenge.ts';
import { testNumberSends } from './limits.ts';
import { askForCode } from './store.ts';

/** What asking for a code needs. */
export interface RequestCodeNeeds {
  readonly db: Database;
  readonly keys: SecretKeys;
  readonly deliveries: Deliveries;
  readonly codeLength: number;
  readonly addressLimit: Allowance;
  /** What may be sent in a day. */
  readonly dailyMax: readonly DailyMax[];
  /** Numbers with a code of their own, to which nothing is sent. */
  readonly testNumbers: ReadonlyMap<string, string>;
  readonly metrics: Metrics;
  readonly log: Log;
}

const loggedEveryMs = 60_000;
let loggedAt = Number.NEGATIVE_INFINITY;

/** Counts each refusal, and logs one a minute: an operator has to hear of it, and a flood must not fill the log. */
function noteDailyMax({ metrics, log }: RequestCodeNeeds, scope: string): void {
  metrics.dailyMaxReached(scope);
  if (performance.now() - loggedAt < loggedEveryMs) return;
  loggedAt = performance.now();
  log.error({ scope }, 'daily maximum of messages reached: codes are refused until the next UTC day');
}

/** A code on its way: seconds until it ends and until it can be asked for again, its digits, and how it travels. */
export interface RequestedCode {
  readonly ok: true;
  readonly expiresIn: number;
  readonly resendIn: number;
  readonly codeLength: number;
  readonly channel: Channel;
  /** How it travels where it is asked for again. */
  readonly nextChannel: Channel;
  /** The message, by the id with which its sender alone can ask how it is delivered. */
  readonly deliveryId: string;
  /** Whether the life of the code begins with this request: an earlier code, if there was one, works no more. */
  readonly isNew: boolean;
  /** By the clock of the database. */
  readonly now: Date;
}

/**
 * Sends the code of a number's open challenge, opening one where there is none. It does the same work and answers the
 * same whether or not the number is known, and does not wait for the message to leave: that has been recorded with the
 * decision, so that any process may send it where this one dies.
 */
export async function requestCode(
  needs: RequestCodeNeeds,
  asked: { phoneNumber: PhoneNumber; address: string; deviceToken: string | undefined; language: Language },
): Promise<RequestedCode | (RequestRefusal & { readonly now?: Date })> {
  const { keys, codeLength, addressLimit, dailyMax, deliveries } = needs;
  const { phoneNumber, language } = asked;
  const isTestNumber = needs.testNumbers.has(phoneNumber);
  const buckets = isTestNumber
    ? [{ key: `test_number:${phoneNumber}`, limit: testNumberSends }]
    : networkBuckets('sms', asked.address, addressLimit);
  const delivery = deliveries.plan(phoneNumber);
  const busySeconds = deliveries.busy(delivery);
  if (busySeconds !== undefined) return { ok: false, code: 'sending_busy', retryInSeconds: busySeconds };
  const row = await askForCode(needs.db, {
    phoneNumber,
    device: parseDeviceTokens(asked.deviceToken),
    challengeId: random.id(),
    keyId: keys.current.id,
    keyIds: keys.all.map(({ id }) => id),
    codeLength,
    buckets,
    daily: delivery.dropped === undefined ? dailyCounters(dailyMax, delivery) : [],
    isTestNumber,
    delivery: { ...delivery, language, clientNetwork: clientNetwork(keys, asked.address) },
  });
  if (isTestNumber) needs.metrics.testNumberAsked(row.id === null ? 'refused' : 'taken');
  if (row.id === null && isTestNumber) return { ...judgeRefusedTest(row), now: row.now };
  if (row.id === null) {
    const overDay = judgeDailyMax(row);
    if (overDay) noteDailyMax(needs, row.daily_scope!);
    if (overDay) return { ...overDay, now: row.now };
    const held = buckets.find(({ limit }) => limit.name === row.allowance_name);
    return { ...judgeRefusedSend(row, held?.limit ?? addressLimit), now: row.now };
  }
  const ordered = {
    id: delivery.id,
    attempt: 1,
    challengeId: row.id,
    keyId: row.key_id,
    codeLength: row.code_length,
    phoneNumber,
    country: delivery.country,
    language,
    expiresIn: row.expires_in,
    tried: row.tried?.split(',') ?? [],
  };
  const { channel, next } = deliveries.send(ordered, delivery.dropped);
  return {
    ok: true,
    deliveryId: delivery.id,
    isNew: row.is_new,
    now: row.now,
    expiresIn: row.expires_in,
    resendIn: row.resend_in,
    codeLength: row.code_length,
    channel,
    nextChannel: next,
  };
}
