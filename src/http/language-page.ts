import Type from 'typebox';
import { asLanguage } from '../kit/language.ts';
import { languageCookie, signInLanguageCookie } from './language.ts';
import type { Reply, Server } from './server.ts';

/**
 * `POST /language/`: keeps the chosen language, and redirects back. `keep` keeps the pending sign-in of the page, which
 * its form carries.
 */
export function languagePage(server: Server, keep: (reply: Reply, pending: string) => void): void {
  const body = Type.Object({
    language: Type.Optional(Type.String()),
    pending: Type.Optional(Type.String()),
    back: Type.Optional(Type.String({ maxLength: 5000 })),
  });
  server.post('/language/', { schema: { body } }, (request, reply) => {
    const language = asLanguage(request.body.language);
    if (language) languageCookie.write(reply, language);
    if (language && signInLanguageCookie.read(request)) signInLanguageCookie.clear(reply);
    if (request.body.pending !== undefined) keep(reply, request.body.pending);
    return reply.redirect(ownPath(request.body.back), 303);
  });
}

/** A path of ours with its query, whatever the input: no other host, no control character. */
function ownPath(back: string | undefined): string {
  return back && /^\/(?![/\\])[\w/.-]*(?:\?[\w.*%&=+-]*)?$/.test(back) ? back : '/';
}
