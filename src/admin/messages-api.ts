import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { named, ref } from '../http/schema.ts';
import type { Server } from '../http/server.ts';
import { type ListedMessage, listMessages } from '../people/list-messages.ts';
import type { PeopleNeeds } from '../people/person.ts';
import { refused, success } from './result.ts';
import { readRoute } from './routes-api.ts';
import { nullable, pageInput, pageOf, pageParameters, parseInstant, readProblems, strict, time } from './schema.ts';

const text = nullable(Type.String());

const message = named(
  'Message',
  Type.Object(
    {
      id: Type.String(),
      attempt: Type.Integer(),
      number: nullable(Type.String(), 'Masked; null for a person who is erased'),
      country: Type.String(),
      channel: Type.String(),
      provider: Type.String(),
      state: Type.String(),
      segments: nullable(Type.Integer()),
      price: nullable(Type.Number(), 'In units of the currency'),
      currency: text,
      error: text,
      reason: nullable(Type.String(), 'Why it failed, as the provider says'),
      reference: nullable(Type.String(), 'The id of the provider'),
      requested_at: time('When the code was requested'),
      sent_at: nullable(time('When it was sent')),
      accepted_at: nullable(time('When the provider took it')),
      delivered_at: nullable(time('When a receipt came')),
      failed_at: nullable(time('When it failed')),
      completed_at: nullable(time('When its code was entered')),
    },
    { description: 'An attempt to send a message' },
  ),
);

const listing = {
  tags: ['Messages'],
  summary: 'Messages',
  description:
    'By country, provider, state and time, newest first; without `since` those of the last day. Numbers are masked.',
  operationId: 'listMessages',
  querystring: strict({
    country: Type.Optional(Type.String({ pattern: '^([A-Z]{2}|001)$', description: 'ISO 3166-1' })),
    provider: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
    state: Type.Optional(Type.Enum(['waiting', 'sending', 'accepted', 'delivered', 'failed', 'unknown', 'dropped'])),
    since: Type.Optional(time('From then on')),
    until: Type.Optional(time('Before then')),
    ...pageParameters,
  }),
  response: { 200: pageOf(ref(message), 'A page of messages'), ...readProblems() },
} satisfies FastifySchema;

const dayMs = 86_400_000;

/** The calls about messages. */
export function messagesApi(server: Server, needs: PeopleNeeds): void {
  server.addSchema(message);
  readRoute(server, needs, '/admin/v1/messages', {
    act: 'read_messages',
    schema: listing,
    run: async (needs, actor, { query }) => {
      const { country, provider, state, since: from, until: to } = query;
      const since = from === undefined ? new Date(Date.now() - dayMs) : parseInstant(from);
      // clocks of processes differ
      const until = to === undefined ? new Date(Date.now() + dayMs) : parseInstant(to);
      if (!since || !until) return { ok: false, code: 'time_malformed', field: since ? 'until' : 'since' };
      const input = { country, provider, state, since, until, ...pageInput(query) };
      const found = await listMessages(needs, actor, input);
      if (!found.ok) return refused(found);
      return { ...success({ items: found.items.map(messageJson), next: found.next }), next: found.next };
    },
  });
}

function messageJson({ price, ...row }: ListedMessage) {
  return { ...row, price: price === null ? null : Number(price) / 1_000_000 };
}
