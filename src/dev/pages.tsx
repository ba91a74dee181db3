import Type from 'typebox';
import { languageOf } from '../http/language.ts';
import { sendPage } from '../http/pages.tsx';
import type { Server } from '../http/server.ts';
import { formatPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import type { Inbox } from '../sms/inbox.ts';
import { InboxView } from './views.tsx';

/** So many are shown; the JSON has all. */
const shownAtMost = 50;
const toWhom = Type.Object({ phone: Type.Optional(Type.String()) });

/** The development inbox, as a page and as JSON. `app.ts` mounts it only where there is one: never in production. */
export function inboxPages(server: Server, { inbox }: { readonly inbox: Inbox }): void {
  server.get('/dev/inbox', { schema: { querystring: toWhom } }, async (request, reply) => {
    const all = await inbox.messages(request.query.phone);
    const messages = all
      .slice(0, shownAtMost)
      .map((message) => ({ ...message, to: formatPhoneNumber(message.to as PhoneNumber) }));
    return sendPage(
      reply,
      <InboxView language={languageOf(request)} messages={messages} older={all.length - messages.length} />,
    );
  });

  server.get('/dev/inbox.json', { schema: { querystring: toWhom } }, async (request, reply) => {
    const messages = await inbox.messages(request.query.phone);
    return reply.send({
      messages: messages.map(({ to, text, code, sentAt }) => ({ to, text, code, sent_at: sentAt.toISOString() })),
    });
  });
}
