import type { Brand } from './brand.ts';
import { textOn } from './contrast.ts';
import { type Logo, logoDataUrl } from './logo.ts';

const font = "font-family='Inter,system-ui,sans-serif' font-weight='800' text-anchor='middle'";

/** A logo that is about as wide as it is high can be an icon. */
const iconRatio = { min: 0.8, max: 1.25 };

/** The icon of a brand: its logo if that is about square, else the first letter of its name on its colour. */
export function iconSvg({ name, color, logo }: Brand): string {
  if (logo && logo.light.ratio >= iconRatio.min && logo.light.ratio <= iconRatio.max) return logoSvg(logo.light);
  const [letter = ''] = new Intl.Segmenter().segment(name.toUpperCase());
  const text = escapeXml(typeof letter === 'string' ? letter : letter.segment);
  return `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='7' fill='${color}'/><text x='16' y='23.3' font-size='20' fill='${textOn(color).color}' ${font}>${text}</text></svg>`;
}

function logoSvg(logo: Logo): string {
  if (logo.type === 'image/svg+xml') return logo.content;
  const width = 32 * logo.ratio;
  return `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 ${width} 32'><image width='${width}' height='32' href='${logoDataUrl(logo)}'/></svg>`;
}

/** The size of a preview image that messengers show large. */
export const previewSize = { width: 1200, height: 630 } as const;

/** The preview image of an invite link: the logo on white, or the name in large letters, within the colour of the brand. */
export function previewSvg(brand: Brand): string {
  const { width, height } = previewSize;
  const content = brand.logo ? onWhite(brand.logo.light) : inLetters(brand);
  return `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 ${width} ${height}'><rect width='${width}' height='${height}' fill='${brand.color}'/>${content}</svg>`;
}

function onWhite(logo: Logo): string {
  const { ratio } = logo;
  const [maxWidth, maxHeight] = [800, 270];
  const width = Math.min(maxWidth, maxHeight * ratio);
  const height = width / ratio;
  const { width: full, height: high } = previewSize;
  return `<rect x='100' y='100' width='1000' height='430' rx='40' fill='#fff'/><image x='${(full - width) / 2}' y='${(high - height) / 2}' width='${width}' height='${height}' href='${logoDataUrl(logo)}'/>`;
}

/** The share of the font size that a letter is wide: the widest letters are capitals. */
const letterWidth = 0.72;

function inLetters({ name, color }: Brand): string {
  const { width, height } = previewSize;
  const size = Math.min(200, Math.floor((width - 160) / (letterWidth * [...name].length)));
  return `<text x='${width / 2}' y='${height / 2 + size * 0.36}' font-size='${size}' letter-spacing='-${size * 0.03}' fill='${textOn(color).color}' ${font}>${escapeXml(name)}</text>`;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&'"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
