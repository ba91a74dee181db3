import type { BrowserContext, Page } from 'playwright-core';
import type { TestApp } from './harness.ts';
import { HtmlClient } from './html-client.ts';

/** The product, listening. */
export type Site = TestApp & { readonly url: string };

/**
 * The product as the states need it: as it is usually, by two channels, where no message leaves, where none is sent
 * today and the inbox cannot be read, and where no request is admitted.
 */
export interface Sites {
  readonly usual: Site;
  readonly failing: Site;
  readonly full: Site;
  readonly overloaded: Site;
}

/** A browser without cookies that is to reach a state, in a language that its pages have. */
export interface Visit {
  readonly sites: Sites;
  readonly page: Page;
  readonly context: BrowserContext;
  readonly language: string;
}

/** A state of a page: a name, and the way there. */
export interface PageState {
  readonly name: string;
  readonly reach: (visit: Visit) => Promise<unknown>;
  /** Whether the deep run alone takes it: another state has the same parts. */
  readonly isDear?: true;
}

const linuxBrowser =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** A client of the same language, whose cookies a browser then takes over. */
export function clientOf({ language }: Visit, site: Site): HtmlClient {
  return new HtmlClient(site, { 'accept-language': language, 'user-agent': linuxBrowser });
}

/** Gives a browser the cookies of a client. */
export async function takeOver({ context }: Visit, { url }: Site, client: HtmlClient): Promise<void> {
  await context.addCookies([...client.cookies].map(([name, value]) => ({ name, value, url })));
}
