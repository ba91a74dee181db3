import type { KoaContextWithOIDC } from 'oidc-provider';
import { firstLanguage, signInLanguageCookie } from '../http/language.ts';
import type { Request } from '../http/server.ts';
import type { Language } from '../kit/language.ts';
import { present } from '../kit/present.ts';
import { recordOf } from '../kit/record.ts';
import { isElsewhere } from './elsewhere.ts';
import { currentOidcRequest } from './oidc-request.ts';

/** The first language of ours that an app asks for (`ui_locales`); undefined if there is none. */
export function askedLanguage({ oidc }: KoaContextWithOIDC): Language | undefined {
  const tags = oidc.params?.ui_locales;
  return typeof tags === 'string' ? firstLanguage(tags) : undefined;
}

/** The same for a request that the library has not seen. */
export function askedLanguageOf({ query }: Request): Language | undefined {
  const { ui_locales: tags } = recordOf(query);
  return typeof tags === 'string' ? firstLanguage(tags) : undefined;
}

/** Keeps the language that an app asks for until the browser goes back to the app; another request begins anew. */
export async function keepAskedLanguage(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const route = ctx.oidc?.route;
  const begins = route === 'authorization' || route === 'end_session';
  if (!begins && route !== 'resume') return;
  const { request } = present(currentOidcRequest(), 'the request of the library');
  const target = { server: request.server, header: (name: string, value: string) => ctx.append(name, value) };
  const location = ctx.response.get('location');
  const leaves = location !== '' && isElsewhere(ctx, location);
  const language = begins && !leaves ? askedLanguage(ctx) : undefined;
  if (language) signInLanguageCookie.write(target, language);
  else if ((begins || leaves) && signInLanguageCookie.read(request)) signInLanguageCookie.clear(target);
}
