/** The text with the decimal digits of every script (Unicode `Nd`) as 0 to 9, and with compatibility forms replaced. */
export function latinDigits(text: string): string {
  // ASCII digits stay as they are
  return text.normalize('NFKC').replace(/[^\P{Nd}0-9]/gu, (digit) => String(digitOf(digit.codePointAt(0) ?? 0)));
}

/** Unicode keeps digits in order and in tens, and sometimes one ten right behind another: the index within its ten is the value. */
function digitOf(codePoint: number): number {
  let first = codePoint;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (codePoint - first) % 10;
}
