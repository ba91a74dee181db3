import { asLanguage, type Language } from '../kit/language.ts';
import { ownCookie } from './cookies.ts';
import type { RequestHead } from './server.ts';

/** The cookie with the language that a reader chose, for a year. */
export const languageCookie = ownCookie('language', 365 * 86_400);

/** The time for a sign-in in the language that its app asks for. */
const signInSeconds = 1200;

/** The cookie with the language that the app of a sign-in asks for. A choice of the reader ends it. */
export const signInLanguageCookie = ownCookie('sign-in-language', signInSeconds);

/** The first language of ours in a list of language tags (BCP 47) separated by spaces. */
export function firstLanguage(tags: string): Language | undefined {
  const listed = tags.slice(0, maxCachedLength).split(' ');
  return listed.map((tag) => asLanguage(tag.toLowerCase().split(/[-_]/, 1)[0])).find((language) => language);
}

/**
 * The language of the response: that of the app of a sign-in, else the reader's choice, else the first one by `Accept-Language` (RFC 9110, 12.5.4), else
 * the default. Needs no hook, since errors may be answered before any ran.
 */
export function languageOf(head: RequestHead): Language {
  return preferredLanguage(head) ?? head.server.defaultLocale;
}

/** The language that the reader prefers; undefined if the client names none of ours. */
export function preferredLanguage(head: RequestHead): Language | undefined {
  const wanted = head.headers['accept-language'];
  const chosen = asLanguage(signInLanguageCookie.read(head)) ?? asLanguage(languageCookie.read(head));
  return chosen ?? (wanted ? ranked(wanted) : undefined);
}

/** The regions of the accepted languages, as `US` of `en-US`, in their order (browsers list the likeliest first). */
export function acceptedRegions({ headers }: RequestHead): string[] {
  const ranges = headers['accept-language']?.slice(0, maxCachedLength).split(',') ?? [];
  return ranges.flatMap(
    (range) => /^\s*[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})\s*(?:;|$)/i.exec(range)?.[1]?.toUpperCase() ?? [],
  );
}

/** A cache: ranking is a large part of the cost of a refusal, and browsers send few different headers. */
const cache = new Map<string, Language | undefined>();
const maxCached = 500;
const maxCachedLength = 200;

function ranked(header: string): Language | undefined {
  if (header.length > maxCachedLength) return rank(header);
  if (!cache.has(header)) {
    if (cache.size >= maxCached) cache.clear();
    cache.set(header, rank(header));
  }
  return cache.get(header);
}

/** No pattern runs over the whole header: a client chooses its 16 KiB. */
function rank(header: string): Language | undefined {
  let first: Language | undefined;
  let heaviest = 0;
  for (const range of header.split(',')) {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const language = asLanguage(tag.split(/[-_]/, 1)[0]);
    const weight = weightOf(parameters);
    if (!language || !(weight > heaviest)) continue;
    first = language;
    heaviest = weight;
  }
  return first;
}

/** 1 without a weight; 0 for an invalid one (RFC 9110, 12.4.2), so that the range does not count. */
function weightOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
  if (weight === undefined) return 1;
  const digits = weight.slice(weight.indexOf('=') + 1).trim();
  return /^(?:0?\.\d+|0\.?|1(?:\.0*)?)$/.test(digits) ? Number(digits) : 0;
}
