import Type from 'typebox';
import { languageOf } from '../http/language.ts';
import { isLocalRequest } from '../http/local-request.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Request, Server } from '../http/server.ts';
import { formatPhoneNumber } from '../kit/phone-number.ts';
import type { Inbox } from '../sms/inbox.ts';
import { InboxView } from './views.tsx';

/** The messages shown on the page; the JSON has all. */
const shownAtMost = 50;
const toWhom = Type.Object({ phone: Type.Optional(Type.String()) });

/**
 * The dependencies of the inbox pages. `devInbox` names the clients that may read them, by default those on this
 * machine.
 */
export interface InboxPagesNeeds {
  readonly inbox: Inbox;
  readonly devInbox?: 'loopback' | 'network';
}

/**
 * The development inbox, as a page and as JSON. `app.ts` mounts it only if there is one: never in production. Other
 * clients get a 404, as if it did not exist.
 */
export function inboxPages(server: Server, { inbox, devInbox }: InboxPagesNeeds): void {
  let isLogged = false;
  const refuseOthers = (request: Request, reply: Reply, done: () => void) => {
    if (devInbox === 'network' || isLocalRequest(request.raw)) return done();
    if (!isLogged) request.log.warn({ variable: 'DEV_INBOX', example: 'network' }, 'development inbox request refused');
    isLogged = true;
    reply.callNotFound();
  };

  server.get('/dev/inbox', { onRequest: refuseOthers, schema: { querystring: toWhom } }, async (request, reply) => {
    const all = await inbox.messages(request.query.phone);
    const messages = all.slice(0, shownAtMost).map((message) => ({ ...message, to: formatPhoneNumber(message.to) }));
    return sendPage(
      reply,
      <InboxView language={languageOf(request)} messages={messages} older={all.length - messages.length} />,
    );
  });

  server.get(
    '/dev/inbox.json',
    { onRequest: refuseOthers, schema: { querystring: toWhom } },
    async (request, reply) => {
      const messages = await inbox.messages(request.query.phone);
      return reply.send({
        messages: messages.map(({ to, text, code, sentAt }) => ({ to, text, code, sent_at: sentAt.toISOString() })),
      });
    },
  );
}
