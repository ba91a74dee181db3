import Type from 'typebox';
import type { AppLook } from '../http/branding.ts';
import { toClient } from '../http/client.ts';
import { languageOf } from '../http/language.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Request, Server } from '../http/server.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { sendReturn } from '../sign-in/return-pages.tsx';
import { rememberReturn } from '../sign-in/return-to.ts';
import { type OidcApiNeeds, pageSessionOf, useOwnAddress } from './api.ts';
import { allowConsent, askedScopes, type FoundInteraction, findInteraction, finish, loginOf } from './interaction.ts';
import { withOidcRequest } from './oidc-request.ts';
import { pageMessages } from './page-messages.ts';
import { ConsentView, MessageView } from './views.tsx';

/** The dependencies of the pages between an app and the sign-in. */
export interface OidcPagesNeeds extends OidcApiNeeds {
  readonly keys: SecretKeys;
  readonly findLook: (id: string) => Promise<AppLook | undefined>;
  /** The methods by which people here prove a number (RFC 8176). */
  readonly amr: readonly string[];
}

const params = Type.Object({ uid: Type.String({ maxLength: 100 }) });
const body = Type.Object({ answer: Type.Optional(Type.String()) });

/** The pages of an interaction: the sign-in, and the consent for the apps of others. */
export function oidcPages(server: Server, needs: OidcPagesNeeds): void {
  server.get('/oauth/interaction/:uid', { schema: { params } }, (request, reply) =>
    withInteraction(request, reply, needs, (found) => showInteraction(request, reply, needs, found)),
  );

  server.get('/oauth/interaction/:uid/cancel', { schema: { params } }, (request, reply) =>
    withInteraction(request, reply, needs, async (found) =>
      reply.redirect(await finish(found, { error: 'access_denied', error_description: 'the person cancelled' }), 303),
    ),
  );

  server.post('/oauth/interaction/:uid', { schema: { params, body } }, (request, reply) =>
    withInteraction(request, reply, needs, async (found) => {
      const isAllowed = request.body.answer === 'allow' && found.interaction.prompt.name === 'consent';
      const target = isAllowed
        ? await allowConsent(found)
        : await finish(found, { error: 'access_denied', error_description: 'the person did not consent' });
      return sendReturn(request, reply, { target, name: found.look.name });
    }),
  );
}

/** Goes on at once if the session of the pages fits; otherwise the person signs in, or is asked. */
async function showInteraction(
  request: Request,
  reply: Reply,
  needs: OidcPagesNeeds,
  found: FoundInteraction,
): Promise<Reply> {
  const { interaction, look, page } = found;
  const path = `/oauth/interaction/${interaction.uid}`;
  if (interaction.prompt.name === 'consent')
    return sendPage(
      reply,
      <ConsentView language={languageOf(request)} name={look.name} action={path} scopes={askedScopes(interaction)} />,
    );
  const login = page && loginOf(interaction, page, needs.amr);
  if (login) return reply.redirect(await finish(found, { login }), 303);
  const { login_hint: hint } = interaction.params;
  const numberHint = typeof hint === 'string' ? parseNumberHint(hint) : undefined;
  rememberReturn(reply, needs.keys, { target: path, name: look.name, cancelPath: `${path}/cancel`, look, numberHint });
  return reply.redirect('/', 303);
}

/** Runs with the interaction of this browser: the cookie of its path proves that it began here. */
async function withInteraction(
  request: Request & { readonly params: { readonly uid: string } },
  reply: Reply,
  needs: OidcPagesNeeds,
  run: (found: FoundInteraction) => Promise<Reply>,
): Promise<Reply> {
  const { provider } = await needs.provider.current();
  const page = await pageSessionOf(request, needs);
  useOwnAddress(request);
  return withOidcRequest({ request, reply, client: toClient(request), page }, async () => {
    const interaction = await findInteraction(provider, request, reply);
    if (interaction?.uid !== request.params.uid) return sendExpired(request, reply);
    const id = String(interaction.params.client_id);
    const look = (await needs.findLook(id)) ?? { name: id };
    reply.appLook = look;
    return run({ provider, interaction, request, reply, page, look });
  });
}

/** The number in a hint of an app (OpenID Connect Core, 3.1.2.1), which may be a `tel:` URI; undefined for another text. */
function parseNumberHint(hint: string): string | undefined {
  const text = hint.replace(/^tel:/, '').trim();
  return /^\+?[\d\s().-]{4,24}$/.test(text) ? text : undefined;
}

function sendExpired(request: Request, reply: Reply): Reply {
  const language = languageOf(request);
  const { expiredTitle: title, expiredText: text } = pageMessages[language];
  return sendPage(reply, <MessageView language={language} title={title} text={text} hasError />, 400);
}
