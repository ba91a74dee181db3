/**
 * Escapes characters that move the cursor or hide text on a terminal: the text of a provider may contain escape
 * sequences, line ends or directional marks. Each such character becomes `\u001b`, so that JSON stays JSON. Line ends
 * stay with `lines`.
 */
export function printable(text: string, { lines = false } = {}): string {
  return text.replace(lines ? hiddenInLines : hidden, (match) =>
    Array.from({ length: match.length }, (_, index) => escaped(match.charCodeAt(index))).join(''),
  );
}

/** Controls (Cc), format characters as bidirectional and zero-width ones (Cf), separators, and halves of surrogate pairs. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;
const hiddenInLines = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
