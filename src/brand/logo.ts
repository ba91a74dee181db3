import { isPng, parsePng } from './png.ts';

/** A logo: an SVG document or a PNG image, and its width for a height of 1. */
export type Logo = { readonly ratio: number } & (
  | { readonly type: 'image/svg+xml'; readonly content: string }
  | { readonly type: 'image/png'; readonly content: Buffer }
);

/** The maximum length of a logo: each page loads it. */
export const maxLogoLength = 64 * 1024;
/** A wider or taller logo would not fit the head of a page on a phone. */
export const logoRatios = { min: 0.25, max: 8 };

/** The contents that a logo may not have: it is shown as an image, which loads and runs nothing. */
const forbidden: readonly [found: RegExp, name: string][] = [
  [/<script/i, 'a script'],
  [/<foreignObject/i, 'foreignObject'],
  [/\son\w+\s*=/i, 'an event handler'],
  [/<!(?:DOCTYPE|ENTITY)/i, 'a document type'],
  [/(?:href\s*=\s*["']|url\(\s*["']?)\s*(?!["'#]|data:image\/)/i, 'a reference to another file'],
];

/** Parses the file of a logo; returns the reason for which it cannot be one. */
export function parseLogo(file: Buffer): Logo | { readonly reason: string } {
  if (file.length > maxLogoLength) return { reason: `it is longer than ${maxLogoLength / 1024} KiB` };
  const logo = isPng(file) ? pngLogo(file) : svgLogo(file.toString().trim());
  if ('reason' in logo || (logo.ratio >= logoRatios.min && logo.ratio <= logoRatios.max)) return logo;
  return { reason: `it is more than ${logo.ratio > 1 ? '8 times as wide as high' : '4 times as high as wide'}` };
}

function pngLogo(content: Buffer): Logo | { readonly reason: string } {
  const size = parsePng(content);
  return 'reason' in size ? size : { type: 'image/png', content, ratio: size.width / size.height };
}

function svgLogo(content: string): Logo | { readonly reason: string } {
  if (!/^(?:<\?xml[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)*<svg[\s>]/.test(content) || !/<\/svg>\s*$/.test(content))
    return { reason: 'it is neither an SVG document nor a PNG image' };
  const found = forbidden.find(([pattern]) => pattern.test(content));
  if (found) return { reason: `it holds ${found[1]}` };
  const ratio = ratioOf(/<svg\b[^>]*>/.exec(content)?.[0] ?? '');
  return ratio === undefined ? { reason: 'its svg element has no viewBox' } : { type: 'image/svg+xml', content, ratio };
}

/** The address of a logo that holds the whole of it. */
export function logoDataUrl({ type, content }: Logo): string {
  return `data:${type};base64,${Buffer.from(content).toString('base64')}`;
}

function ratioOf(element: string): number | undefined {
  const [, box = ''] = /\bviewBox\s*=\s*["']([^"']*)["']/.exec(element) ?? [];
  const [, , width = 0, height = 0] = box
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  return width > 0 && height > 0 ? width / height : undefined;
}
