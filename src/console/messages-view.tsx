import { DateTime } from '../http/date-time.tsx';
import { Button, Field } from '../http/form.tsx';
import type { Page } from '../kit/page-cursor.ts';
import type { ListedMessage } from '../people/list-messages.ts';
import { countryText, formatMoney } from './format.ts';
import { ConsoleLayout } from './layout.tsx';
import { nextPath } from './list-query.ts';
import { Shown } from './shown.tsx';
import { DataTable, NextPage, Select } from './table.tsx';
import type { Visit } from './visit.ts';

/** The states of a message. */
export const messageStates = ['waiting', 'sending', 'accepted', 'delivered', 'failed', 'unknown', 'dropped'] as const;

/** The filters of the list. */
export interface MessageFilters {
  readonly country: string | undefined;
  readonly provider: string | undefined;
  readonly state: string | undefined;
  readonly days: string;
}

/** The props of the list of messages. */
export interface MessagesProps {
  visit: Visit;
  page: Page<ListedMessage>;
  filters: MessageFilters;
}

/** Messages, newest first. */
export function MessagesView({ visit, page, filters }: MessagesProps) {
  const { words, base } = visit;
  const texts = words.number;
  const heads = [texts.asked, texts.person, words.today.country, texts.provider, texts.state, texts.receipt];
  return (
    <ConsoleLayout reader={visit} title={words.nav.messages} section="messages">
      <Filters visit={visit} filters={filters} />
      <DataTable
        caption={words.nav.messages}
        empty={words.form.none}
        heads={[...heads, texts.used, texts.price, texts.answer]}
        rows={page.items.map((message) => ({ key: message.id, cells: messageCells(visit, message) }))}
      />
      <NextPage words={words} path={page.next && base + nextPath('/messages/', { ...filters }, page.next)} />
    </ConsoleLayout>
  );
}

function messageCells({ words, language }: Visit, message: ListedMessage) {
  const time = (at: Date | null) => (at ? <DateTime language={language} at={at} style="clock" /> : '');
  const { price, currency } = message;
  return [
    <DateTime language={language} at={message.requested_at} style="exact" />,
    message.number?.replaceAll(' ', '\u00a0') ?? '–',
    countryText(language, message.country),
    <Shown text={`${message.provider}, ${message.channel}`} />,
    words.number.states[message.state],
    time(message.delivered_at),
    time(message.completed_at),
    price && currency ? formatMoney(language, new Map([[currency, BigInt(price)]])) : '',
    <Shown text={[message.error, message.reason].filter(Boolean).join(': ')} />,
  ];
}

function Filters({ visit: { words, base, language }, filters }: Omit<MessagesProps, 'page'>) {
  const texts = words.number;
  return (
    <form method="get" action={`${base}/messages/`} class="row filters">
      <Field
        language={language}
        id="country"
        label={words.today.country}
        value={filters.country}
        input={{ maxLength: 3, placeholder: 'KZ', autocomplete: 'off' }}
      />
      <Field language={language} id="provider" label={texts.provider} value={filters.provider} />
      <Select
        id="state"
        label={texts.state}
        selected={filters.state ?? ''}
        options={[['', words.form.all], ...messageStates.map((state) => [state, texts.states[state]] as const)]}
      />
      <Select
        id="days"
        label={words.messages.within}
        selected={filters.days}
        options={(['1', '7', '30', '365'] as const).map((days) => [days, words.messages.days[days]] as const)}
      />
      <Button look="plain">{words.form.show}</Button>
    </form>
  );
}
