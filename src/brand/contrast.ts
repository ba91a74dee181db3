/** The ink and the white of our texts: the one with the higher contrast stands on the colour of the brand. */
export const textColors = { ink: '#17171c', white: '#ffffff' } as const;

/** The least contrast of a text (WCAG 2.2, 1.4.3, level AA). */
export const minTextContrast = 4.5;

type Rgb = readonly [number, number, number];

/** The contrast of two colours (WCAG 2.2), from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(toRgb(one)), luminance(toRgb(other))].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** The colour of a text on this one, and its contrast. */
export function textOn(color: string): { readonly color: string; readonly contrast: number } {
  const [ink, white] = [contrast(color, textColors.ink), contrast(color, textColors.white)];
  return ink >= white ? { color: textColors.ink, contrast: ink } : { color: textColors.white, contrast: white };
}

/** Whether a text on this colour has the contrast of level AA. */
export function isReadable(color: string): boolean {
  return textOn(color).contrast >= minTextContrast;
}

/** A colour as `#rrggbb`, of its usual spellings; undefined for another text. */
export function parseColor(text: string): string | undefined {
  const [, digits = ''] = /^#?((?:[\da-f]{3}){1,2})$/i.exec(text) ?? [];
  if (digits === '') return undefined;
  return `#${digits.length === 3 ? digits.replace(/./g, '$&$&') : digits}`.toLowerCase();
}

/** The reason for which no text is readable on a colour, and the nearest one on which a text is. */
export function unreadableReason(color: string): string {
  const found = Math.floor(textOn(color).contrast * 100) / 100;
  return `the best contrast of a text on it is ${found}, and level AA needs 4.5. The nearest colour that passes is ${nearestReadable(color)}`;
}

/**
 * The nearest colour on which a text is readable, by the distance in sRGB. The band of unreadable colours is narrow:
 * no colour is further than this from its edge.
 */
const maxDistance = 24;

/** The colour itself if a text on it is readable, else the nearest one. */
export function nearestReadable(color: string): string {
  if (isReadable(color)) return color;
  const from = toRgb(color);
  let [nearest, least] = [color, Number.POSITIVE_INFINITY];
  for (const candidate of neighbours(from)) {
    const distance = candidate.reduce((sum, part, index) => sum + (part - (from[index] ?? 0)) ** 2, 0);
    if (distance >= least || !isReadableRgb(candidate)) continue;
    [nearest, least] = [toHex(candidate), distance];
  }
  return nearest;
}

function* neighbours([red, green, blue]: Rgb): Generator<Rgb> {
  for (const r of around(red)) for (const g of around(green)) for (const b of around(blue)) yield [r, g, b];
}

function around(part: number): number[] {
  const [from, to] = [Math.max(0, part - maxDistance), Math.min(255, part + maxDistance)];
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

const [inkLuminance, whiteLuminance] = [luminance(toRgb(textColors.ink)), luminance(toRgb(textColors.white))];

function isReadableRgb(rgb: Rgb): boolean {
  const own = luminance(rgb) + 0.05;
  return Math.max(own / (inkLuminance + 0.05), (whiteLuminance + 0.05) / own) >= minTextContrast;
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(part: number): number {
  const share = part / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function toRgb(color: string): Rgb {
  const part = (at: number) => Number.parseInt(color.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
}

function toHex(rgb: Rgb): string {
  return `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
