import type { InEachLanguage, Language } from '../kit/language.ts';
import { lastOf } from '../kit/present.ts';
import { countParts } from './smpp/text.ts';

/** The parts of a message with a code. */
export interface CodeMessage {
  readonly language: Language;
  readonly code: string;
  /** The host to which the last line binds the code. */
  readonly host: string;
  /** The name of the operator, if it has one of its own. */
  readonly brand?: string | undefined;
  /** The hash of the operator's Android app, which then receives the message (SMS Retriever). */
  readonly appHash?: string | undefined;
}

/** The sentences of the message, friendliest first; the first that fits one segment is sent. */
const sentences: InEachLanguage<readonly string[]> = {
  ru: [
    '{code} — код для входа. Никому его не говорите',
    '{code} — ваш код для входа',
    '{code} — код входа',
    'Код {code}',
  ],
  en: ['{code} is your sign-in code. Do not share it with anyone.', '{code} is your sign-in code', 'Code {code}'],
};

/** The same with the name of the operator. */
const brandedSentences: InEachLanguage<readonly string[]> = {
  ru: [
    '{brand}: {code} — код для входа. Никому его не говорите',
    '{brand}: {code} — код для входа',
    '{brand}: код {code}',
    '{brand}: {code}',
  ],
  en: [
    '{code} is your {brand} sign-in code. Do not share it with anyone.',
    '{code} is your {brand} sign-in code',
    '{brand} code: {code}',
    '{brand}: {code}',
  ],
};

/**
 * The text of the message with a code. Its last line binds the code to the host (origin-bound one-time codes), so that
 * a browser offers it there and nowhere else. Without a name, the text fits one segment for hosts up to 44 characters
 * in Russian.
 */
export function codeMessage({ language, code, host, brand, appHash }: CodeMessage): string {
  const suffix = `\n\n${appHash ? `${appHash}\n` : ''}@${host} #${code}`;
  const templates = brand === undefined ? sentences : brandedSentences;
  const fill = (template: string) => template.replace('{code}', code).replace('{brand}', () => brand ?? '');
  const texts = templates[language].map((template) => fill(template) + suffix);
  return texts.find(fitsOneSegment) ?? lastOf(texts);
}

/** Whether a text is sent as one SMS: 160 septets of the GSM alphabet, or 70 units of UCS-2 (3GPP TS 23.038). */
export function fitsOneSegment(text: string): boolean {
  return countParts(text) === 1;
}
