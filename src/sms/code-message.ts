import type { Language } from '../kit/language.ts';
import { lastOf } from '../kit/present.ts';
import { fill } from '../kit/text.ts';
import { type Texts, textsOf } from '../texts/texts.ts';
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
  /** The sentences, by default those in use. */
  readonly sentences?: Texts['message'] | undefined;
}

/**
 * The text of the message with a code. Its last line binds the code to the host (origin-bound one-time codes), so that
 * a browser offers it there and nowhere else. Without a name, the text fits one segment for hosts up to 44 characters
 * in Russian.
 */
export function codeMessage({ language, code, host, brand, appHash, sentences }: CodeMessage): string {
  const suffix = `\n\n${appHash ? `${appHash}\n` : ''}@${host} #${code}`;
  const { code: unbranded, branded } = sentences ?? textsOf('message')[language];
  const templates = brand === undefined ? unbranded : branded;
  const withValues = (template: string) => fill(template, { code, brand: brand ?? '' });
  const texts = templates.map((template) => withValues(template) + suffix);
  return texts.find(fitsOneSegment) ?? lastOf(texts);
}

/** Whether a text is sent as one SMS: 160 septets of the GSM alphabet, or 70 units of UCS-2 (3GPP TS 23.038). */
export function fitsOneSegment(text: string): boolean {
  return countParts(text) === 1;
}
