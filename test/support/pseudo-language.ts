import { ownTexts, type Texts } from '../../src/texts/texts.ts';

/** A letter of Hebrew for each Latin one: what is written reads from right to left, and its length stays. */
const hebrew = 'אבגדהוזחטיכלמנסעפצקרשתךםןף';

/** The English texts in letters that read from right to left, with their placeholders as they are. */
export function pseudoTexts(): Texts {
  return pseudo(ownTexts.en) as Texts;
}

function pseudo(value: unknown): unknown {
  if (typeof value === 'string') return mirrored(value);
  if (Array.isArray(value)) return value.map(pseudo);
  return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, pseudo(inner)]));
}

function mirrored(text: string): string {
  return text.replace(/\{\w+\}|[a-z]/gi, (found) => {
    if (found.length > 1) return found;
    return hebrew[found.toLowerCase().charCodeAt(0) - 97] ?? found;
  });
}
