import { fill } from '../kit/text.ts';
import { maxGuesses, maxGuessesInAll } from '../limits/guess-risk.ts';
import type { RateLimit } from '../limits/rate-limit.ts';
import { maxFailures, numberSends, testNumberSends } from '../limits/rules.ts';
import type { DeviceTrust } from '../sign-in/challenge.ts';
import { formatTime } from './format.ts';
import type { ChallengeRow, NumberLimitRow } from './number-store.ts';
import type { StoryWords } from './words/en.ts';

/** A limit in a sentence, and the time at which it ends if it is full. */
export interface StoryLimit {
  readonly text: string;
  readonly ends?: Date | undefined;
}

/** The facts about the limits of a number. */
export interface LimitFacts {
  readonly numberLimits: readonly NumberLimitRow[];
  readonly challenges: readonly ChallengeRow[];
  readonly isTestNumber: boolean;
  readonly now: Date;
}

/** The use of the limits now, and the open codes, by device trust. */
export function tellLimits(
  { numberLimits, challenges, isTestNumber, now }: LimitFacts,
  words: StoryWords,
): StoryLimit[] {
  const trusts = new Set([...numberLimits, ...challenges].map(({ device_trust: trust }) => trust));
  return [...trusts].flatMap((trust) => {
    const used = numberLimits.find(({ device_trust: other }) => other === trust);
    const open = challenges.filter((challenge) => challenge.device_trust === trust && isOpen(challenge, now));
    const lines: StoryLimit[] = [
      ...(isTestNumber
        ? [{ text: fill(words.limits.test, { quota: testNumberSends.quota }) }]
        : useOf(trust, used, now, words)),
      ...(open.length === 0 ? [{ text: words.limits.noCode }] : open.map((one) => ({ text: tellOpen(one, words) }))),
    ];
    return lines.map((line) => ({ ...line, text: `${words.limits.who[trust]}: ${line.text}` }));
  });
}

/** A limit as plain text. */
export function limitLine({ text, ends }: StoryLimit, { limits }: StoryWords): string {
  return ends ? `${text} ${limits.until} ${formatTime(ends)}.` : text;
}

function useOf(trust: DeviceTrust, row: NumberLimitRow | undefined, now: Date, { limits }: StoryWords): StoryLimit[] {
  const { sent = [], failures = 0 } = row ?? {};
  const windows = [numberSends.hour, numberSends.day].map((limit) => ({
    text: fill(limits[limit.name], { used: within(limit, sent, now).length, quota: limit.quota }),
    ends: endOf(limit, sent, now),
  }));
  return trust === 'known_device'
    ? windows
    : [...windows, { text: fill(limits.failures, { failures, max: maxFailures }) }];
}

function isOpen(challenge: ChallengeRow, now: Date): boolean {
  const { used_at: usedAt, expires_at: expiresAt } = challenge;
  return usedAt === null && expiresAt > now && !isUsedUp(challenge);
}

/** Whether all guesses of a challenge were used. */
export function isUsedUp(challenge: ChallengeRow): boolean {
  return withToken(challenge) <= 0 && withoutToken(challenge) <= 0;
}

function tellOpen(challenge: ChallengeRow, { limits }: StoryWords): string {
  const values = {
    time: formatTime(challenge.expires_at),
    left: withToken(challenge),
    others: withoutToken(challenge),
  };
  return challenge.is_of_network ? fill(limits.codeOfNetwork, values) : fill(limits.code, values);
}

function withToken({ guesses, network_guesses: ofNetwork }: ChallengeRow): number {
  return Math.min(maxGuesses - guesses, maxGuessesInAll - guesses - ofNetwork);
}

function withoutToken({ guesses, network_guesses: ofNetwork, is_of_network: isOfNetwork }: ChallengeRow): number {
  return isOfNetwork ? Math.min(maxGuesses - ofNetwork, maxGuessesInAll - guesses - ofNetwork) : 0;
}

/** The window of messages that is full, and its end; undefined if none is. */
export function fullWindow(sent: readonly number[], now: Date) {
  for (const limit of [numberSends.hour, numberSends.day]) {
    const ends = endOf(limit, sent, now);
    if (ends) return { limit, ends };
  }
  return undefined;
}

/** The end of a window that is full. The times are newest first: it ends when the oldest message that fills it leaves it. */
function endOf(limit: RateLimit, sent: readonly number[], now: Date): Date | undefined {
  const oldestCounted = within(limit, sent, now)[limit.quota - 1];
  return oldestCounted === undefined ? undefined : new Date(oldestCounted + limit.windowSeconds * 1000);
}

function within({ windowSeconds }: RateLimit, times: readonly number[], now: Date): readonly number[] {
  return times.filter((at) => now.getTime() - at < windowSeconds * 1000);
}
