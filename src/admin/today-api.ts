import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { named, ref } from '../http/schema.ts';
import type { Server } from '../http/server.ts';
import type { PeopleNeeds } from '../people/person.ts';
import { toTodayJson } from '../people/today-json.ts';
import { viewToday } from '../people/view-today.ts';
import { missingScope, success } from './result.ts';
import { readRoute } from './routes-api.ts';
import { readProblems, strict, time } from './schema.ts';

const sums = named(
  'Sums',
  Type.Object(
    {
      asked: Type.Integer({ description: 'Messages that were requested' }),
      sent: Type.Integer(),
      delivered: Type.Integer({ description: 'Those whose delivery a receipt reports' }),
      completed: Type.Integer({ description: 'Those whose code was entered' }),
      failed: Type.Integer(),
      spend: Type.Object(
        {},
        { additionalProperties: { type: 'string' }, description: 'The price by currency, an exact decimal' },
      ),
    },
    { description: 'Numbers of messages, and their price' },
  ),
);

const groups = (name: string, description: string) =>
  Type.Array(Type.Object({ name: Type.String({ description: name }), today: ref(sums), last_week: ref(sums) }), {
    description,
  });

const today = named(
  'Today',
  Type.Object(
    {
      since: time('The begin of the day, in UTC'),
      until: time('Now, by the clock of the database'),
      today: ref(sums, 'The day so far'),
      last_week: ref(sums, 'The same hours of the same day last week'),
      by_hour: groups('The hour, 00 to 23', 'The 24 hours; those to come have only the week before'),
      by_country: groups('ISO 3166-1, or 001', 'The most messages first'),
      by_provider: groups('The provider', 'The most messages first'),
      refused: Type.Array(Type.Object({ rule: Type.String(), times: Type.Integer() }), {
        description: 'Requests that a limit refused, by its rule',
      }),
      breakers: Type.Array(
        Type.Object({
          provider: Type.String(),
          failures: Type.Integer({ description: 'Failures in a row' }),
          state: Type.Enum(['closed', 'open', 'half-open']),
          reason: Type.String(),
        }),
        { description: 'Providers that failed lately' },
      ),
    },
    { description: 'The totals of today' },
  ),
);

const readToday = {
  tags: ['Messages'],
  summary: 'The totals of today',
  description: 'By hour, country and provider, beside the same day last week; refusals by rule, and circuit breakers.',
  operationId: 'readToday',
  querystring: strict({}),
  response: { 200: ref(today, 'The totals'), ...readProblems() },
} satisfies FastifySchema;

/** The call for the totals of today. */
export function todayApi(server: Server, needs: PeopleNeeds): void {
  server.addSchema(sums);
  server.addSchema(today);
  readRoute(server, needs, '/admin/v1/today', {
    act: 'read_totals',
    schema: readToday,
    run: async (needs, actor) => {
      const found = await viewToday(needs, actor);
      return 'code' in found ? missingScope(found) : success(toTodayJson(found));
    },
  });
}
