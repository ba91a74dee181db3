import { hash } from 'node:crypto';
import { brandRules } from './stylesheet.ts';

/** The folder of the stylesheets of the colours of apps. */
export const colorSheetFolder = '/brand/colors';

/** The stylesheet after that of the site which puts the colour of an app into it; its URL changes with its content. */
export function colorSheet(color: string): { readonly url: string; readonly text: string } {
  const text = brandRules({ color });
  const version = hash('sha256', text, 'base64url').slice(0, 8);
  return { url: `${colorSheetFolder}/${color.slice(1)}.css?v=${version}`, text };
}
