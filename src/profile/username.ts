import { confusables } from './confusables.ts';

/**
 * The keys of a user name, as UTS 39 skeletons without accents. Each is unique over all accounts: two letters can look
 * alike as capitals and not as small letters, and the other way round.
 */
export interface UsernameKeys {
  /** In small letters, so that names that differ only in case have the same. */
  readonly small: string;
  readonly capital: string;
  /** As its owner writes it. */
  readonly written: string;
}

/**
 * A user name by RFC 8265, UsernameCasePreserved: parts of letters, digits and printable ASCII, separated by one space
 * each. Undefined if a character is invisible, directional, a symbol, a compatibility form, or a mark without a letter.
 * U+200C and U+200D are refused everywhere, which is stricter than the RFC: nobody sees them.
 */
export function parseUsername(text: string): string | undefined {
  const name = narrow(text)
    .replace(/\p{Zs}+/gu, ' ')
    .trim()
    .normalize('NFC');
  return name.split(' ').every(isUserpart) && fitsContexts(name) && !mixesArabicDigits(name) ? name : undefined;
}

/** The keys of a user name that `parseUsername` has returned. */
export function usernameKeys(name: string): UsernameKeys {
  return {
    small: skeletonOf(name.toLowerCase().replaceAll('ς', 'σ')),
    capital: skeletonOf(name.toUpperCase()),
    written: skeletonOf(name).toLowerCase(),
  };
}

/** RFC 8265, 3.3.1: fullwidth and halfwidth characters become their normal forms; nothing else is decomposed. */
function narrow(text: string): string {
  return text.replace(/[\u3000\uff01-\uffdc\uffe0-\uffee]/g, (letter) => letter.normalize('NFKC'));
}

/** RFC 8264, 9: the letters, digits and marks of the IdentifierClass, printable ASCII, and the exceptions of RFC 5892, 2.6. */
const identifier =
  /^[\x21-\x7e\p{Ll}\p{Lu}\p{Lo}\p{Lm}\p{Nd}\p{Mn}\p{Mc}\u06fd\u06fe\u0f0b\u3007\u00b7\u0375\u05f3\u05f4\u30fb]$/u;
const excluded =
  /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]|\p{Default_Ignorable_Code_Point}/u;

function isIdentifier(letter: string): boolean {
  return identifier.test(letter) && !excluded.test(letter) && letter.normalize('NFKC') === letter;
}

function isUserpart(part: string): boolean {
  return part !== '' && [...part].every(isIdentifier) && hasOrdinaryMarks(part) && keepsOneDirection(part);
}

/** UTS 39, 5.4: no mark without a letter, no mark twice, and no pile of marks that covers the line above. */
function hasOrdinaryMarks(part: string): boolean {
  return !/^\p{M}|(\p{Mn})\1|\p{Mn}{5}/u.test(part.normalize('NFD'));
}

const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}\p{Script=Mende_Kikakui}\p{Script=Yezidi}\u{10800}-\u{10fff}]/u;

/** RFC 5893, 2, for a part of a name: letters of one direction; a part from right to left starts with such a letter. */
function keepsOneDirection(part: string): boolean {
  const letters = [...part].filter((letter) => /\p{L}/u.test(letter));
  return (
    !letters.some((letter) => rightToLeft.test(letter)) ||
    (letters.every((l) => rightToLeft.test(l)) && /^\p{L}/u.test(part))
  );
}

/**
 * RFC 5892, A.3 to A.7: characters that are letters only next to certain letters, each with its required neighbours.
 */
const contexts: readonly [letter: RegExp, allowed: RegExp][] = [
  [/\u00b7/u, /(?<=l)\u00b7(?=l)/gu],
  [/\u0375/u, /\u0375(?=\p{Script=Greek})/gu],
  [/[\u05f3\u05f4]/u, /(?<=\p{Script=Hebrew})[\u05f3\u05f4]/gu],
  [/\u30fb/u, /(?<=[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}])\u30fb/gu],
];

function fitsContexts(name: string): boolean {
  return contexts.every(([letter, allowed]) => !letter.test(name.replace(allowed, '')));
}

/** RFC 5892, A.8 and A.9. */
function mixesArabicDigits(name: string): boolean {
  return /[\u0660-\u0669]/.test(name) && /[\u06f0-\u06f9]/.test(name);
}

const prototypes = new Map(
  confusables
    .trim()
    .split(/\s/)
    .flatMap((row) => {
      const [prototype = '', letters = ''] = row.split('=');
      return letters.split(',').map((letter) => [fromHex(letter), fromHex(prototype)] as const);
    }),
);

function fromHex(codes: string): string {
  return String.fromCodePoint(...codes.split('+').map((code) => Number.parseInt(code, 16)));
}

/** UTS 39, 4. Accents are part of the picture of few letters, so Latin, Greek and Cyrillic letters lose theirs. */
function skeletonOf(name: string): string {
  const withoutMarksOf = (text: string) =>
    text.normalize('NFD').replace(/([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu, '$1');
  const prototype = [...withoutMarksOf(name)].map((letter) => prototypes.get(letter) ?? letter).join('');
  return withoutMarksOf(prototype);
}
