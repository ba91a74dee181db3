import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Brand } from './brand.ts';
import type { Logo } from './logo.ts';
import { iconSvg, previewSize, previewSvg } from './mark.ts';
import { drawPng, toIco } from './raster.ts';
import { brandRules, withoutSpace } from './stylesheet.ts';

/** A file that is made from the brand. */
export interface BrandFile {
  readonly path: string;
  /** The path with a version, which changes with the content: it may be cached for ever. */
  readonly url: string;
  readonly type: string;
  /** The content of a text. */
  readonly text?: string;
  readonly content: () => Promise<string | Buffer>;
}

/** The files of a brand: the stylesheet, the icons, the logo and the preview image of an invite link. */
export interface BrandFiles {
  readonly stylesheet: BrandFile;
  readonly icon: BrandFile;
  readonly logo: { readonly light: LogoFile; readonly dark: LogoFile } | undefined;
  readonly preview: BrandFile;
  readonly appIcons: readonly (BrandFile & { readonly size: number })[];
  readonly favicon: BrandFile;
  readonly touchIcon: BrandFile;
  readonly manifest: BrandFile;
}

/** The file of a logo, and its width for a height of 1. */
export interface LogoFile extends BrandFile {
  readonly ratio: number;
}

const publicFolder = new URL('../../public/', import.meta.url);
const ownPage = '#f0efea';

/** Makes the files of a brand; an image is drawn when it is asked for first. */
export function brandFiles(brand: Brand): BrandFiles {
  const css = withoutSpace(readPublic('app.css')) + (brand.isOwn ? brandRules(brand) : '');
  const icon = brand.isOwn ? iconSvg(brand) : readPublic('icon.svg');
  const iconFile = textFile('/brand/icon.svg', 'image/svg+xml', icon);
  const appIcons = [192, 512].map((size) => ({ ...pngFile(`/brand/icon-${size}.png`, icon, size), size }));
  return {
    stylesheet: textFile('/brand/style.css', 'text/css; charset=utf-8', css),
    icon: iconFile,
    logo: brand.logo && {
      light: logoFile('/brand/logo', brand.logo.light),
      dark: logoFile('/brand/logo-dark', brand.logo.dark),
    },
    preview: pngFile('/brand/preview.png', previewSvg(brand), previewSize.width),
    appIcons,
    favicon: icoFile('/favicon.ico', icon),
    touchIcon: pngFile('/apple-touch-icon.png', icon, 180),
    manifest: textFile('/manifest.webmanifest', 'application/manifest+json', manifest(brand, iconFile, appIcons)),
  };
}

function manifest({ name, color }: Brand, icon: BrandFile, appIcons: BrandFiles['appIcons']): string {
  const pngs = appIcons.map(({ url, size }) => ({ src: url, sizes: `${size}x${size}`, type: 'image/png' }));
  return JSON.stringify({
    name,
    short_name: name,
    start_url: '/',
    display: 'browser',
    background_color: ownPage,
    theme_color: color,
    icons: [{ src: icon.url, sizes: 'any', type: 'image/svg+xml' }, ...pngs],
  });
}

function logoFile(path: string, { type, content, ratio }: Logo): LogoFile {
  if (type === 'image/svg+xml') return { ...textFile(`${path}.svg`, type, content), ratio };
  const url = versioned(`${path}.png`, content);
  return { path: `${path}.png`, url, type, content: async () => content, ratio };
}

function textFile(path: string, type: string, content: string): BrandFile {
  return { path, url: versioned(path, content), type, text: content, content: async () => content };
}

function pngFile(path: string, svg: string, width: number): BrandFile {
  const content = once(() => drawPng(svg, width));
  return { path, url: versioned(path, svg), type: 'image/png', content };
}

const faviconSize = 48;

function icoFile(path: string, svg: string): BrandFile {
  const content = once(async () => toIco(await drawPng(svg, faviconSize), faviconSize));
  return { path, url: versioned(path, svg), type: 'image/x-icon', content };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function versioned(path: string, source: string | Buffer): string {
  return `${path}?v=${createHash('sha256').update(source).digest('base64url').slice(0, 8)}`;
}

function readPublic(file: string): string {
  return readFileSync(new URL(file, publicFolder), 'utf8');
}
