import { printable } from '../kit/printable.ts';

/**
 * Values that a table keeps on one line: masked numbers and those in clear, e-mail addresses, ids, client networks and times. The
 * quantifiers are bounded, so that a hostile text is searched in linear time and makes no table wide.
 */
const whole = new RegExp(
  [
    String.raw`\+\d{1,3} •{1,15} \d\d`,
    String.raw`\+\d{6,15}`,
    String.raw`[^\s@<>(),:;]{1,64}@[^\s@<>(),:;]{1,64}`,
    String.raw`\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`,
    String.raw`\b(?:evt|msg)_[0-9a-f]{1,32}_[0-9a-z]{1,8}\b`,
    String.raw`\b[0-9a-f]{16}\b`,
    String.raw`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.[\dx]{1,3}(?:/\d{1,2})?`,
    String.raw`\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?(?:\.\d{1,6})?Z`,
  ].join('|'),
  'g',
);

/** A value of so many characters stays on one line outside of tables, too: it fits on a phone. */
const maxShort = 24;

/**
 * A text that is not ours: a name, an answer of a provider, a reason. Controls and directional marks are shown as `\u202e`,
 * and its direction does not reach the text around it.
 */
export function Shown({ text }: { text: string }) {
  return <bdi>{wholeParts(printable(text))}</bdi>;
}

/** The parts of a text, those that a table keeps on one line marked. */
function wholeParts(text: string) {
  const parts = [];
  let from = 0;
  for (const { 0: value, index } of text.matchAll(whole)) {
    parts.push(text.slice(from, index), <span class={value.length > maxShort ? 'whole' : 'whole short'}>{value}</span>);
    from = index + value.length;
  }
  return from === 0 ? text : [...parts, text.slice(from)];
}
