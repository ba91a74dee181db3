import { hash } from 'node:crypto';
import { isRecord } from '../kit/record.ts';
import { logoRatios, maxLogoLength } from './logo.ts';
import { isPng, parsePng } from './png.ts';
import { isWebp, parseWebp } from './webp.ts';

/** The facts of the logo of an app that a page needs to show it. */
export interface AppLogo {
  readonly type: 'image/png' | 'image/webp';
  /** Changes with the content. */
  readonly hash: string;
  /** The width for a height of 1. */
  readonly ratio: number;
}

/** The bytes of a logo of an app, with their facts. */
export interface AppLogoFile {
  readonly facts: AppLogo;
  readonly content: Buffer;
}

const minSide = 30;
const maxSide = 2048;

/**
 * Parses the logo of an app: a PNG or a WebP image. An SVG document can hold programs, and apps may be those of others, so
 * none is taken.
 */
export function parseAppLogo(content: Buffer): AppLogoFile | { readonly reason: string } {
  if (content.length > maxLogoLength) return { reason: `it is longer than ${maxLogoLength / 1024} KiB` };
  const type = isPng(content) ? 'image/png' : isWebp(content) ? 'image/webp' : undefined;
  if (!type) return { reason: 'it is neither a PNG nor a WebP image' };
  const size = type === 'image/png' ? parsePng(content) : parseWebp(content);
  if ('reason' in size) return size;
  const { width, height } = size;
  if (Math.max(width, height) > maxSide) return { reason: `a side of it is longer than ${maxSide} pixels` };
  if (Math.min(width, height) < minSide) return { reason: `a side of it is shorter than ${minSide} pixels` };
  const ratio = width / height;
  if (ratio < logoRatios.min || ratio > logoRatios.max)
    return { reason: `it is more than ${ratio > 1 ? '8 times as wide as high' : '4 times as high as wide'}` };
  return { content, facts: { type, ratio, hash: hash('sha256', content, 'base64url').slice(0, 16) } };
}

/** Parses a data URL with a logo of an app. No other URL is taken: the browser of a person would ask a server of others. */
export function parseAppLogoUrl(url: unknown): AppLogoFile | { readonly reason: string } {
  const [, base64] = (typeof url === 'string' && /^data:image\/[\w.+-]+;base64,([A-Za-z\d+/]+={0,2})$/.exec(url)) || [];
  if (base64 === undefined)
    return { reason: 'it is not the picture itself, as data:image/png;base64,… or data:image/webp;base64,…' };
  return parseAppLogo(Buffer.from(base64, 'base64'));
}

/** A data URL of the bytes of a logo. */
export function appLogoUrl(content: Buffer): string {
  return `data:image/png;base64,${content.toString('base64')}`;
}

/** Whether a value has the facts of a logo, as they are stored. */
export function isAppLogo(value: unknown): value is AppLogo {
  if (!isRecord(value)) return false;
  const { type, hash, ratio } = value;
  return (
    (type === 'image/png' || type === 'image/webp') &&
    typeof hash === 'string' &&
    /^[\w-]{16}$/.test(hash) &&
    typeof ratio === 'number' &&
    ratio >= logoRatios.min &&
    ratio <= logoRatios.max
  );
}
