import type { InEachLanguage, Language } from '../kit/language.ts';
import { languages } from '../kit/language.ts';
import type { TextsLike } from '../kit/text.ts';
import * as deAccount from './de/account.ts';
import * as deApps from './de/apps.ts';
import * as deManagement from './de/management.ts';
import * as dePages from './de/pages.ts';
import * as deProblems from './de/problems.ts';
import { type English, english } from './english.ts';
import * as esAccount from './es/account.ts';
import * as esApps from './es/apps.ts';
import * as esManagement from './es/management.ts';
import * as esPages from './es/pages.ts';
import * as esProblems from './es/problems.ts';
import * as kkAccount from './kk/account.ts';
import * as kkApps from './kk/apps.ts';
import * as kkManagement from './kk/management.ts';
import * as kkPages from './kk/pages.ts';
import * as kkProblems from './kk/problems.ts';
import * as ruAccount from './ru/account.ts';
import * as ruApps from './ru/apps.ts';
import * as ruManagement from './ru/management.ts';
import * as ruPages from './ru/pages.ts';
import * as ruProblems from './ru/problems.ts';
import * as trAccount from './tr/account.ts';
import * as trApps from './tr/apps.ts';
import * as trManagement from './tr/management.ts';
import * as trPages from './tr/pages.ts';
import * as trProblems from './tr/problems.ts';

/** All texts of a language, by group. */
export type Texts = TextsLike<English>;

/** The texts as they are written here, without those of an operator. */
export const ownTexts: InEachLanguage<Texts> = {
  ru: { ...ruPages, ...ruAccount, ...ruProblems, ...ruManagement, ...ruApps },
  en: english,
  de: { ...dePages, ...deAccount, ...deProblems, ...deManagement, ...deApps },
  es: { ...esPages, ...esAccount, ...esProblems, ...esManagement, ...esApps },
  tr: { ...trPages, ...trAccount, ...trProblems, ...trManagement, ...trApps },
  kk: { ...kkPages, ...kkAccount, ...kkProblems, ...kkManagement, ...kkApps },
};

/** The texts in use: a process has one configuration, so that every part of it speaks alike. */
let current: InEachLanguage<Texts> = ownTexts;

/** Puts other texts in use; `ownTexts` undoes that. */
export function useTexts(texts: InEachLanguage<Texts>): void {
  current = texts;
}

/** A value for each language that is made when it is read, from the texts that are in use then. */
export function inEachLanguage<T>(make: (texts: Texts, language: Language) => T): InEachLanguage<T> {
  const properties = languages.map((language) => [
    language,
    { enumerable: true, get: () => make(current[language], language) },
  ]);
  return Object.defineProperties({}, Object.fromEntries(properties)) as InEachLanguage<T>;
}

/** A group of the texts that are in use. */
export function textsOf<G extends keyof Texts>(group: G): InEachLanguage<Texts[G]> {
  return inEachLanguage((texts) => texts[group]);
}

type Problems = English['problems'];

/** The codes of the problems that have a title and an explanation. */
export type TitledCode = { [C in keyof Problems]: Problems[C] extends { title: string } ? C : never }[keyof Problems];

/** The title and the explanation of a problem. */
export function problemTexts(code: TitledCode) {
  return {
    title: inEachLanguage<string>(({ problems }) => problems[code].title),
    explanation: inEachLanguage<string>(({ problems }) => problems[code].explanation),
  };
}

/** The codes of the refusals whose sentence has no placeholder. */
export type PlainCode = {
  [C in keyof Problems]: Problems[C] extends { sentence: infer S }
    ? S extends `${string}{${string}`
      ? never
      : C
    : never;
}[keyof Problems];

/** The sentence of a refusal, without placeholders. */
export function sentenceOf(code: PlainCode): InEachLanguage<string> {
  return inEachLanguage(({ problems }) => problems[code].sentence);
}
