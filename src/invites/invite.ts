import type { BlockKind } from '../blocks/block.ts';
import { random } from '../kit/random.ts';
import { type RateLimit, retryAfter } from '../limits/rate-limit.ts';
import { inviteCodeAttempts, redeemAttempts } from '../limits/rules.ts';

/** No vowels, 0, 1, L, U or Y: a code spells no word, in English or in the letters that Cyrillic shares. */
export const inviteAlphabet = '23456789BCDFGHJKMNPQRSTVWXZ';
/** Rising: PostgreSQL passes over a length whose codes are one in a hundred taken (decision 037). */
const lengths = [6, 7, 8, 9];
const exact = new RegExp(`^[${inviteAlphabet}]{${lengths[0]},${lengths.at(-1)}}$`);

/** Candidates for a new invite code, one of each length, shortest first; all codes of a length are equally likely. */
export function newInviteCodes(): string[] {
  return lengths.map((length) => random.word(inviteAlphabet, length));
}

const maxTextLength = 2000;

/**
 * Parses an invite code, or returns undefined. Accepts any case, spaces and dashes, Cyrillic or Greek letters that look
 * like Latin ones, the Russian keyboard layout, and a pasted link.
 */
export function parseInviteCode(text: string): string | undefined {
  if (text.length > maxTextLength) return undefined;
  const decoded = percentDecoded(text);
  const path = /\/i\/([^?#]*)/i.exec(decoded)?.[1];
  return path === undefined ? parseLetters(decoded) : parseInviteLink(path);
}

/**
 * Parses the code in the path of a link after `/i/`, as messengers and people pass links on: percent-encoded once or
 * more, with quotes, brackets, full stops, invisible marks, or words stuck to it. Returns undefined if there is none.
 */
export function parseInviteLink(path: string): string | undefined {
  if (path.length > maxTextLength) return undefined;
  const text = withoutMarks(percentDecoded(path));
  const [first = ''] = text.match(/[\p{L}\p{N}\p{Pd}_.]*[\p{L}\p{N}][\p{L}\p{N}\p{Pd}_.]*/u) ?? [];
  const [word = ''] = text.match(/[\p{L}\p{N}]+/u) ?? [];
  // the shortest piece first: words behind a code could make a longer one
  return parseLetters(word) ?? parseLetters(first) ?? parseLetters(text);
}

/** The form of the codes of an earlier system, which are case-sensitive and of any letters and digits. */
const legacy = /^[0-9A-Za-z]{6}$/;

/**
 * The invite code that a person typed, for a lookup: as it is written if it may be one of an earlier system, or else
 * parsed by `parseInviteCode`. The database knows which of both it is.
 */
export function typedInviteCode(text: string): string | undefined {
  if (text.length > maxTextLength) return undefined;
  const path = /\/i\/([^?#]*)/i.exec(percentDecoded(text))?.[1];
  if (path !== undefined) return linkedInviteCode(path);
  const letters = withoutMarks(percentDecoded(text)).replace(/[\s\p{P}\p{S}]/gu, '');
  return legacy.test(letters) ? letters : parseInviteCode(text);
}

/** The same in the path of a link after `/i/`. */
export function linkedInviteCode(path: string): string | undefined {
  if (path.length > maxTextLength) return undefined;
  const [word = ''] = withoutMarks(percentDecoded(path)).match(/[\p{L}\p{N}]+/u) ?? [];
  return legacy.test(word) ? word : parseInviteLink(path);
}

/** Whether a text is, as it is written, a code of ours or one that an earlier system may have given out. */
export function isInviteCode(text: string): boolean {
  return exact.test(text) || legacy.test(text);
}

/** Whether a text is a spelling of a code that the database has. */
export function isSpellingOf(text: string, code: string | null): boolean {
  return code !== null && (text === code || text.toUpperCase() === code);
}

function parseLetters(text: string): string | undefined {
  const letters = withoutMarks(text)
    .replace(/[\s\p{P}\p{S}]/gu, '')
    .toUpperCase();
  const spellings = [letters, translated(letters, lookAlikes), translated(letters, russianLayout)];
  return spellings.find((code) => exact.test(code));
}

/** Removes invisible, directional and default-ignorable marks, and turns full-width letters into normal ones. */
function withoutMarks(text: string): string {
  return text.normalize('NFKC').replace(/[\p{Cf}\p{DI}]/gu, '');
}

/** Decodes as often as the text was encoded, at most thrice; invalid UTF-8 is replaced. */
function percentDecoded(text: string): string {
  let decoded = text;
  for (let time = 0; time < 3 && /%[0-9a-f]{2}/i.test(decoded); time += 1) {
    decoded = decoded.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString());
  }
  return decoded;
}

const lookAlikes = table('ВСНКМРТХЗЅЈΒΗΚΜΝΡΤΧΖ', 'BCHKMPTX3SJBHKMNPTXZ');
const russianLayout = table('ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ', 'QWERTYUIOPASDFGHJKLZXCVBNM');

function table(from: string, to: string): ReadonlyMap<string, string> {
  return new Map([...from].map((letter, index) => [letter, to.charAt(index)]));
}

function translated(text: string, table: ReadonlyMap<string, string>): string {
  return Array.from(text, (letter) => table.get(letter) ?? letter).join('');
}

/** The reason for which an invite code was not redeemed. */
export type RedeemRefusal = { readonly ok: false } & (
  | { readonly code: 'invite_code_malformed' }
  | { readonly code: 'invite_code_unknown' }
  | { readonly code: 'invite_code_own' }
  | { readonly code: 'invite_code_already_redeemed' }
  | { readonly code: 'invite_code_circle' }
  | { readonly code: 'network_blocked' }
  | { readonly code: 'redeem_blocked' }
  | { readonly code: 'too_many_redeem_attempts'; readonly retryInSeconds: number; readonly limit: RateLimit }
);

/** The result of the statement that redeems; `redeemed` says whether it did. */
export interface RedeemRow {
  readonly alive: boolean;
  readonly own_code: string | null;
  /** The code redeemed earlier, or null. */
  readonly present_code: string | null;
  /** The code that was meant, as the database has it. */
  readonly found_code: string | null;
  readonly is_known: boolean;
  readonly circle: boolean;
  readonly redeemed: boolean;
  readonly allowed: boolean;
  /** The rate limit of the number or the client's networks that opens last: the seconds until then, and its name. */
  readonly limit_wait: number;
  readonly limit_name: string;
  /** The kind of the block that refuses the request, if one does. */
  readonly blocked_by?: BlockKind | null;
}

/**
 * Turns the result into the redeemed code, a refusal, or `again` if the invite tree changed during the statement;
 * undefined without a live session.
 */
export function toRedeemOutcome(
  code: string,
  facts: RedeemRow,
): { readonly ok: true; readonly inviteCode: string } | RedeemRefusal | 'retry' | undefined {
  if (!facts.alive) return undefined;
  if (facts.redeemed) return { ok: true, inviteCode: facts.found_code ?? code };
  if (facts.present_code !== null && isSpellingOf(code, facts.present_code))
    return { ok: true, inviteCode: facts.present_code };
  if (isSpellingOf(facts.found_code ?? code, facts.own_code)) return { ok: false, code: 'invite_code_own' };
  if (facts.present_code !== null) return { ok: false, code: 'invite_code_already_redeemed' };
  if (facts.blocked_by)
    return { ok: false, code: facts.blocked_by === 'network' ? 'network_blocked' : 'redeem_blocked' };
  if (!facts.allowed) {
    const limit = facts.limit_name === redeemAttempts.name ? redeemAttempts : inviteCodeAttempts;
    return { ok: false, code: 'too_many_redeem_attempts', retryInSeconds: retryAfter(facts.limit_wait), limit };
  }
  if (!facts.is_known) return { ok: false, code: 'invite_code_unknown' };
  if (facts.circle) return { ok: false, code: 'invite_code_circle' };
  return 'retry';
}
