import type { Database } from '../db/database.ts';
import { clientNetwork } from '../deliveries/client-network.ts';
import type { Deliveries } from '../deliveries/deliveries.ts';
import type { Language } from '../kit/language.ts';
import type { Log } from '../kit/log.ts';
import { present } from '../kit/present.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { type DailyMax, dailyCounters } from '../limits/daily.ts';
import { networkBuckets } from '../limits/rate-limit.ts';
import { limitedBy, networkMessages, numberSends, testNumberSends } from '../limits/rules.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { parseDeviceTokens } from '../sessions/trusted-device.ts';
import type { Channel } from '../sms/provider.ts';
import { explainDailyMax, explainSendRefusal, explainTestRefusal, type RequestRefusal } from './challenge.ts';
import { type AskerInput, askerOf } from './challenge-token.ts';
import { proofsOfNew } from './code.ts';
import { openWithAttempt } from './open-with-attempt.ts';
import { blockedRequest } from './refusal-by-block.ts';

/** The dependencies of requesting a code. */
export interface RequestCodeNeeds {
  readonly db: Database;
  readonly keys: SecretKeys;
  readonly deliveries: Deliveries;
  readonly codeLength: number;
  readonly networkMessagesPerHour: number;
  /** Wrong guesses of a day over all numbers, after which codes of strangers have eight digits. */
  readonly sprayLimit: number;
  /** Whether entering a code needs the token of its request; if not, the client network can stand in for it. */
  readonly requireChallenge: boolean;
  /** The maxima of a day. */
  readonly dailyMax: readonly DailyMax[];
  /** Test numbers with a code of their own, to which nothing is sent. */
  readonly testNumbers: ReadonlyMap<string, string>;
  readonly metrics: Metrics;
  readonly log: Log;
}

const logIntervalMs = 60_000;
let loggedAt = Number.NEGATIVE_INFINITY;

/** Counts each refusal, and logs one a minute: the operator has to know, and a flood must not fill the log. */
function recordDailyMax({ metrics, log }: RequestCodeNeeds, scope: string): void {
  metrics.dailyMaxReached(scope);
  if (performance.now() - loggedAt < logIntervalMs) return;
  loggedAt = performance.now();
  log.error({ scope }, 'daily maximum reached');
}

/** A code on its way: the seconds until it expires and until it may be requested again, its digits, and its channel. */
export interface RequestedCode {
  readonly ok: true;
  readonly challengeId: string;
  readonly expiresIn: number;
  readonly resendIn: number;
  readonly codeLength: number;
  /** The token of the asker, which entering the code and asking again present. */
  readonly challengeToken: string;
  readonly channel: Channel;
  /** The channel of a repeated request. */
  readonly nextChannel: Channel;
  /** The id of the message, with which only its requester can poll its state. */
  readonly deliveryId: string;
  /** Whether the code is new; an earlier code, if there was one, no longer works. */
  readonly isNew: boolean;
  /** The time of the database. */
  readonly now: Date;
}

/** The rate limits of a route that requests a code: of the number, of the client's networks, and of test numbers. */
export function requestCodeLimits({ networkMessagesPerHour }: Pick<RequestCodeNeeds, 'networkMessagesPerHour'>) {
  const { pause, hour, day } = numberSends;
  return limitedBy(pause, hour, day, networkMessages(networkMessagesPerHour), testNumberSends);
}

/**
 * Sends the code of the asker's open challenge, opening one if there is none. Work and response are the same whether or
 * not the number is known. It does not wait for the message to leave: the message is recorded with the decision, so
 * that any process may send it if this one dies.
 */
export async function requestCode(
  needs: RequestCodeNeeds,
  input: AskerInput & { deviceToken: string | undefined; language: Language; channel?: Channel | undefined },
): Promise<RequestedCode | (RequestRefusal & { readonly now?: Date })> {
  const { keys, codeLength, dailyMax, deliveries } = needs;
  const networkLimit = networkMessages(needs.networkMessagesPerHour);
  const { phoneNumber, language } = input;
  const isTestNumber = needs.testNumbers.has(phoneNumber);
  const buckets = isTestNumber
    ? [{ key: `test_number:${phoneNumber}`, limit: testNumberSends }]
    : networkBuckets('sms', input.clientIp, networkLimit);
  const delivery = deliveries.plan(phoneNumber);
  const busySeconds = deliveries.busy(delivery);
  if (busySeconds !== undefined) return { ok: false, code: 'sending_busy', retryInSeconds: busySeconds };
  const asker = askerOf(keys, input, needs.requireChallenge);
  // the first message has the random bits of its challenge, so that a used code finds it by its id
  const challengeId = delivery.id;
  const row = await openWithAttempt(needs, {
    device: parseDeviceTokens(input.deviceToken),
    asker,
    challengeId,
    proofs: proofsOfNew(needs, { id: challengeId, phoneNumber, codeLength }),
    keyIds: keys.all.map(({ id }) => id),
    codeLength,
    buckets,
    daily: delivery.dropped === undefined ? dailyCounters(dailyMax, delivery) : [],
    isTestNumber,
    sprayLimit: needs.sprayLimit,
    chosen: input.channel,
    delivery: { ...delivery, language, clientNetwork: clientNetwork(keys, input.clientIp) },
  });
  if (isTestNumber) needs.metrics.testNumberRequested(row.id === null ? 'refused' : 'taken');
  const blocked = blockedRequest(row.blocked_by, delivery.country);
  if (blocked) return { ...blocked, now: row.now };
  if (row.id === null && isTestNumber) return { ...explainTestRefusal(row), now: row.now };
  if (row.id === null) {
    if (row.is_locked) return { ok: false, code: 'number_locked', now: row.now };
    const overDay = explainDailyMax(row);
    if (overDay && row.daily_scope) recordDailyMax(needs, row.daily_scope);
    if (overDay) return { ...overDay, now: row.now };
    const exceeded = buckets.find(({ limit }) => limit.name === row.limit_name);
    return { ...explainSendRefusal(row, exceeded?.limit ?? networkLimit), now: row.now };
  }
  const deliveryId = present(row.delivery_id, 'the id of the message');
  const outgoing = {
    id: deliveryId,
    attempt: 1,
    challengeId: row.id,
    keyId: row.key_id,
    codeLength: row.code_length,
    phoneNumber,
    country: delivery.country,
    language,
    expiresIn: row.expires_in,
    tried: row.tried?.split(',') ?? [],
    chosen: input.channel,
  };
  const { channel, next } = deliveries.send(outgoing, delivery.dropped, row.begun);
  return {
    ok: true,
    challengeId: row.id,
    deliveryId,
    isNew: row.is_new,
    now: row.now,
    expiresIn: row.expires_in,
    resendIn: row.resend_in,
    challengeToken: asker.token,
    codeLength: row.code_length,
    channel,
    nextChannel: next,
  };
}
