import { random } from '../kit/random.ts';
import { retryIn } from '../limits/allowance.ts';

/** No vowels, 0, 1, L, U or Y: a code spells nothing, in English or with letters that Russian shares. */
export const inviteAlphabet = '23456789BCDFGHJKMNPQRSTVWXZ';
const length = 6;
const exact = new RegExp(`^[${inviteAlphabet}]{${length}}$`);

/** A new invite code: six letters of the alphabet, each of the 387 million codes as likely as the others. */
export function newInviteCode(): string {
  return Array.from({ length }, () => random.letter(inviteAlphabet)).join('');
}

/**
 * The invite code that a person meant, or undefined where none can be meant. Forgives case, spaces and dashes, letters
 * typed in Cyrillic that look like Latin ones, the Russian keyboard layout, and a link pasted whole.
 */
export function readInviteCode(text: string): string | undefined {
  if (text.length > 300) return undefined;
  const typed = (/\/i\/([^/?#\s]+)/.exec(text)?.[1] ?? text).normalize('NFKC').replace(/[\s\p{Pd}\p{Cf}_.]/gu, '');
  const upper = typed.toUpperCase();
  return [upper, translated(upper, lookAlikes), translated(upper, russianLayout)].find((code) => exact.test(code));
}

const lookAlikes = table('ВСНКМРТХЗ', 'BCHKMPTX3');
const russianLayout = table('ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ', 'QWERTYUIOPASDFGHJKLZXCVBNM');

function table(from: string, to: string): ReadonlyMap<string, string> {
  return new Map([...from].map((letter, at) => [letter, to.charAt(at)]));
}

function translated(text: string, by: ReadonlyMap<string, string>): string {
  return Array.from(text, (letter) => by.get(letter) ?? letter).join('');
}

/** Why an invite code was not redeemed. */
export type RedeemRefusal = { readonly ok: false } & (
  | { readonly code: 'unauthenticated' }
  | { readonly code: 'invite_code_malformed' }
  | { readonly code: 'invite_code_unknown' }
  | { readonly code: 'invite_code_own' }
  | { readonly code: 'invite_code_already_redeemed' }
  | { readonly code: 'invite_code_circle' }
  | { readonly code: 'too_many_redeem_attempts'; readonly retryInSeconds: number }
);

/** What the statement that redeems found; `redeemed` says whether it did. */
export interface RedeemFacts {
  readonly alive: boolean;
  readonly own_code: string | null;
  /** The code redeemed earlier, or null. */
  readonly present_code: string | null;
  readonly found: boolean;
  readonly circle: boolean;
  readonly redeemed: boolean;
  readonly allowed: boolean;
  readonly retry_in: number;
}

/** Judges what was found: the code now redeemed, a refusal, or `again` where the forest moved under the statement. */
export function judgeRedemption(
  code: string,
  facts: RedeemFacts,
): { readonly ok: true; readonly inviteCode: string } | RedeemRefusal | 'again' {
  if (!facts.alive) return { ok: false, code: 'unauthenticated' };
  if (facts.redeemed || facts.present_code === code) return { ok: true, inviteCode: code };
  if (facts.own_code === code) return { ok: false, code: 'invite_code_own' };
  if (facts.present_code !== null) return { ok: false, code: 'invite_code_already_redeemed' };
  if (!facts.allowed) return { ok: false, code: 'too_many_redeem_attempts', retryInSeconds: retryIn(facts.retry_in) };
  if (!facts.found) return { ok: false, code: 'invite_code_unknown' };
  if (facts.circle) return { ok: false, code: 'invite_code_circle' };
  return 'again';
}
