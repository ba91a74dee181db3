import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Brand, defaultBrand } from '../brand/brand.ts';
import { type BrandFiles, brandFiles } from '../brand/files.ts';

/** The brand of a server with the files that are made from it. */
export interface Branding {
  readonly brand: Brand;
  readonly files: BrandFiles;
}

/** The site of a page: its brand, its public origin, and the app for which the page is shown. */
export interface BrandedSite extends Branding {
  readonly publicUrl: string;
  readonly app?: AppLook | undefined;
}

/** The identity of an app, on the pages of a sign-in for it. */
export interface AppLook {
  readonly name: string;
  /** As `#rrggbb`; a text on it is readable. */
  readonly color?: string;
  readonly logo?: { readonly url: string; readonly ratio: number };
}

/** Makes the files of a brand. */
export function toBranding(brand: Brand = defaultBrand): Branding {
  return { brand, files: brandFiles(brand) };
}

/** The site of the page that is being rendered. */
export const SiteContext = createContext<BrandedSite | undefined>(undefined);

/** The site of the page that is being rendered. */
export function useSite(): BrandedSite {
  const site = useContext(SiteContext);
  if (!site) throw new Error('a page is rendered without its site');
  return site;
}
