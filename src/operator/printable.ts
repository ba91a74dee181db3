/**
 * A text that moves no cursor and hides nothing on a terminal: what a provider said may hold escape sequences, line ends
 * or directional marks. Each such character becomes `\u001b`, so that JSON stays JSON. Line ends stay where `lines`.
 */
export function printable(text: string, { lines = false } = {}): string {
  return text.replace(lines ? hiddenInLines : hidden, (found) =>
    Array.from({ length: found.length }, (_, at) => escaped(found.charCodeAt(at))).join(''),
  );
}

/** Controls (Cc), format characters as bidirectional and zero-width ones (Cf), separators, and halves of surrogate pairs. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;
const hiddenInLines = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
