/** A logo: an SVG document, and its width for a height of 1. */
export interface Logo {
  readonly svg: string;
  readonly ratio: number;
}

/** The maximum length of a logo: each page loads it. */
const maxLength = 64 * 1024;
/** A wider or taller logo would not fit the head of a page on a phone. */
const ratios = { min: 0.25, max: 8 };

/** The contents that a logo may not have: it is shown as an image, which loads and runs nothing. */
const forbidden: readonly [found: RegExp, name: string][] = [
  [/<script/i, 'a script'],
  [/<foreignObject/i, 'foreignObject'],
  [/\son\w+\s*=/i, 'an event handler'],
  [/<!(?:DOCTYPE|ENTITY)/i, 'a document type'],
  [/(?:href\s*=\s*["']|url\(\s*["']?)\s*(?!["'#]|data:image\/)/i, 'a reference to another file'],
];

/** Parses a logo; returns the reason for which it cannot be one. */
export function parseLogo(text: string): Logo | { readonly reason: string } {
  if (!/^(?:<\?xml[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)*<svg[\s>]/.test(text) || !/<\/svg>\s*$/.test(text))
    return { reason: 'it is no SVG document' };
  if (text.length > maxLength) return { reason: `it is longer than ${maxLength / 1024} KiB` };
  const found = forbidden.find(([pattern]) => pattern.test(text));
  if (found) return { reason: `it holds ${found[1]}` };
  const ratio = ratioOf(/<svg\b[^>]*>/.exec(text)?.[0] ?? '');
  if (ratio === undefined) return { reason: 'its svg element has no viewBox' };
  if (ratio < ratios.min || ratio > ratios.max) {
    return { reason: `it is more than ${ratio > 1 ? '8 times as wide as high' : '4 times as high as wide'}` };
  }
  return { svg: text, ratio };
}

function ratioOf(element: string): number | undefined {
  const [, box = ''] = /\bviewBox\s*=\s*["']([^"']*)["']/.exec(element) ?? [];
  const [, , width = 0, height = 0] = box
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  return width > 0 && height > 0 ? width / height : undefined;
}
