/** The text with the decimal digits of every script (Unicode `Nd`) written 0 to 9, and compatibility forms made plain. */
export function latinDigits(text: string): string {
  return text.normalize('NFKC').replace(/\p{Nd}/gu, (digit) => String(digitOf(digit.codePointAt(0)!)));
}

/** Unicode keeps the ten digits of a script together and in order, so the value is the distance from its zero. */
function digitOf(codePoint: number): number {
  let zero = codePoint;
  while (codePoint - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return codePoint - zero;
}
