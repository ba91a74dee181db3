import { DateTime } from '../http/date-time.tsx';
import { Layout } from '../http/layout.tsx';
import { Phone } from '../http/phone.tsx';
import type { Language } from '../kit/language.ts';
import { fill } from '../kit/text.ts';
import type { InboxMessage } from '../sms/inbox.ts';

import { pageMessages } from './page-messages.ts';

/** A message whose number is formatted for people. */
export type ShownMessage = Omit<InboxMessage, 'to'> & { readonly to: string };

/** The props of the development inbox: `messages` newest first, `to` in international form. */
export interface InboxProps {
  language: Language;
  messages: readonly ShownMessage[];
  /** The number of older messages. */
  older: number;
}

/** The page `/dev/inbox`: the messages as on a phone. */
export function InboxView({ language, messages, older: hidden }: InboxProps) {
  const words = pageMessages[language];
  return (
    <Layout language={language} title={words.title} path="/dev/inbox">
      <div class="device">
        <div class="screen">
          <h1>{words.title}</h1>
          <p class="hint">{words.note}</p>
          <p class="links">
            <a href="/dev/inbox">{words.refresh}</a> <a href="/">{words.signIn}</a>
          </p>
          {messages.length === 0 ? (
            <p>{words.empty}</p>
          ) : (
            <ol class="messages">
              {messages.map((message) => (
                <Message key={`${message.sentAt.getTime()}${message.to}`} language={language} message={message} />
              ))}
            </ol>
          )}
          {hidden > 0 && <p class="hint">{fill(words.older, { count: hidden })}</p>}
        </div>
      </div>
    </Layout>
  );
}

function Message({ language, message }: { language: Language; message: ShownMessage }) {
  const [before = '', ...after] = message.text.split(message.code);
  return (
    <li>
      <p class="hint">
        {pageMessages[language].to} <Phone number={message.to} />
        <br />
        <DateTime language={language} at={message.sentAt} style="exact" />
      </p>
      <div class="bubble">
        {before}
        {after.length > 0 && <b>{message.code}</b>}
        {after.join(message.code)}
      </div>
    </li>
  );
}
