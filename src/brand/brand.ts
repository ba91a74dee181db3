import type { Logo } from './logo.ts';

/** The identity of the operator, on pages and in messages. */
export interface Brand {
  readonly name: string;
  /** As `#rrggbb`; a text on it is readable. */
  readonly color: string;
  /** Undefined: the name is shown beside an icon of its first letter. */
  readonly logo: { readonly light: Logo; readonly dark: Logo } | undefined;
  /** The addresses that every page links to. */
  readonly links: { readonly [link in BrandLink]?: string | undefined };
  /** Whether the operator chose it; the product otherwise goes by its own name, with links for developers. */
  readonly isOwn: boolean;
}

/** The addresses of an operator: the web site, the terms, the privacy policy and the support. */
export const brandLinks = ['home', 'terms', 'privacy', 'support'] as const;

/** A member of `brandLinks`. */
export type BrandLink = (typeof brandLinks)[number];

/** The identity of an installation that has none of its own. */
export const defaultBrand: Brand = { name: 'Vouch', color: '#ffc629', logo: undefined, links: {}, isOwn: false };
