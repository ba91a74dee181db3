import { printable } from '../kit/printable.ts';

/**
 * A text that is not ours: a name, an answer of a provider, a reason. Controls and directional marks are shown as `\u202e`,
 * and its direction does not reach the text around it.
 */
export function Shown({ text }: { text: string }) {
  return <bdi>{printable(text)}</bdi>;
}
