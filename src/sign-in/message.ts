import type { InEachLanguage, Language } from '../kit/language.ts';
import { lastOf } from '../kit/present.ts';

/** The sentences of the message, friendliest first; the first that fits one segment is sent. */
const sentences: InEachLanguage<readonly ((code: string) => string)[]> = {
  ru: [
    (code) => `${code} — код для входа. Никому его не говорите`,
    (code) => `${code} — ваш код для входа`,
    (code) => `${code} — код входа`,
    (code) => `Код ${code}`,
  ],
  en: [
    (code) => `${code} is your sign-in code. Do not share it with anyone.`,
    (code) => `${code} is your sign-in code`,
    (code) => `Code ${code}`,
  ],
};

/** The capacity of a segment: 70 units of UCS-2, or 160 septets of the GSM alphabet (3GPP TS 23.038). */
const segment: InEachLanguage<number> = { ru: 70, en: 160 };

/**
 * The text of the message with a code. Its last line binds the code to the host (origin-bound one-time codes), so that
 * a browser offers it there and nowhere else. The text fits one segment for hosts up to 44 characters in Russian.
 */
export function messageText(language: Language, code: string, host: string): string {
  const suffix = `\n\n@${host} #${code}`;
  const texts = sentences[language].map((sentence) => sentence(code) + suffix);
  return texts.find((text) => text.length <= segment[language]) ?? lastOf(texts);
}
