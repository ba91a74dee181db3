import Type from 'typebox';
import { languageCookie } from '../http/language.ts';
import { acceptForms } from '../http/pages.tsx';
import type { Server } from '../http/server.ts';
import { asLanguage } from '../kit/language.ts';
import { auditPages } from './audit-pages.tsx';
import { blocksPages } from './blocks-pages.tsx';
import { type ClientsPagesNeeds, clientsPages } from './clients-pages.tsx';
import { eventsPages } from './events-pages.tsx';
import { freshCodePages } from './fresh-code-pages.tsx';
import { invitesPages } from './invites-pages.tsx';
import { keysPages } from './keys-pages.tsx';
import { messagesPages } from './messages-pages.tsx';
import { numberActsPages } from './number-acts-pages.tsx';
import { type NumberPagesNeeds, numberPages } from './number-pages.tsx';
import { type OperatorsPagesNeeds, operatorsPages } from './operators-pages.tsx';
import { peoplePages } from './people-pages.tsx';
import { protectConsole } from './security.ts';
import { type SettingsPagesNeeds, settingsPages } from './settings-pages.tsx';
import { type ConsoleSignInNeeds, consoleLinkPages, consoleSignInPages } from './sign-in-pages.tsx';
import { todayPages } from './today-pages.tsx';
import { type TransferPagesNeeds, transferPages } from './transfer-pages.tsx';
import { type WebhooksPagesNeeds, webhooksPages } from './webhooks-pages.tsx';

/** The dependencies of all pages of the console. */
export interface ConsoleNeeds
  extends ConsoleSignInNeeds,
    NumberPagesNeeds,
    WebhooksPagesNeeds,
    OperatorsPagesNeeds,
    ClientsPagesNeeds,
    TransferPagesNeeds,
    SettingsPagesNeeds {}

/** Mounts the console below the prefix of `server`, with its own security headers. */
export async function consolePages(server: Server, needs: ConsoleNeeds): Promise<void> {
  await protectConsole(server);
  await acceptForms(server);
  consoleSignInPages(server, needs);
  consoleLinkPages(server, needs);
  freshCodePages(server, needs);
  numberActsPages(server, needs);
  messagesPages(server, needs);
  peoplePages(server, needs);
  invitesPages(server, needs);
  blocksPages(server, needs);
  webhooksPages(server, needs);
  eventsPages(server, needs);
  transferPages(server, needs);
  clientsPages(server, needs);
  keysPages(server, needs);
  auditPages(server, needs);
  operatorsPages(server, needs);
  settingsPages(server, needs);
  numberPages(server, needs);
  todayPages(server, needs);
  server.post(
    '/language/',
    { schema: { body: Type.Object({ language: Type.Optional(Type.String()) }) } },
    (request, reply) => {
      const language = asLanguage(request.body.language);
      if (language) languageCookie.write(reply, language);
      return reply.redirect(`${needs.base}/`, 303);
    },
  );
}
