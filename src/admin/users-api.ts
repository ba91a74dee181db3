import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { addBlock, type BlockActRefusal, removeBlock } from '../blocks/blocks.ts';
import { ref } from '../http/schema.ts';
import type { Server } from '../http/server.ts';
import { findPeople, type PersonField } from '../people/find-people.ts';
import { type NumberStory, numberStory } from '../people/number-story.ts';
import type { PeopleNeeds, Person, PersonRefusal } from '../people/person.ts';
import { tellPlainStory } from '../people/tell-story.ts';
import type { ProfileRefusal } from '../profile/profile.ts';
import { type AdminRefusal, notFound, refused, success } from './result.ts';
import { readRoute, writeRoute } from './routes-api.ts';
import {
  pageInput,
  pageOf,
  pageParameters,
  parseInstant,
  readProblems,
  strict,
  time,
  writeProblems,
} from './schema.ts';
import { trace, user } from './users-schema.ts';

const tags = ['Users'];
const params = Type.Object({ id: Type.String({ format: 'uuid', description: '`id` of a user' }) });
const reason = Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'The audit trail has it' }));
const filter = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 320, description }));

const listUsers = {
  tags,
  summary: 'Find users',
  description:
    'By one exact text, or all of them, newest first. Numbers are in clear, and the audit trail has the look.',
  operationId: 'listUsers',
  querystring: strict({
    phone: filter('A number in any spelling; encode a plus as %2B'),
    email: filter('An e-mail address'),
    username: filter('A user name'),
    invite_code: filter('An invite code'),
    ...pageParameters,
  }),
  response: { 200: pageOf(ref(user), 'A page of users'), ...readProblems() },
} satisfies FastifySchema;

const getUser = {
  tags,
  summary: 'A user',
  operationId: 'getUser',
  params,
  querystring: strict({}),
  response: { 200: ref(user, 'The user'), ...readProblems(404) },
} satisfies FastifySchema;

const traceUser = {
  tags,
  summary: 'The story of a user',
  description: 'What happened lately, why no code came, the limits and when they end, in sentences.',
  operationId: 'traceUser',
  params,
  querystring: strict({}),
  response: { 200: ref(trace, 'The story'), ...readProblems(404) },
} satisfies FastifySchema;

const traceNumber = {
  tags,
  summary: 'The story of a number',
  description: 'The same for a number, whether anybody has an account with it or not.',
  operationId: 'traceNumber',
  querystring: strict({ phone: Type.String({ minLength: 1, maxLength: 100, description: 'In any spelling' }) }),
  response: { 200: ref(trace, 'The story'), ...readProblems() },
} satisfies FastifySchema;

const blockUser = {
  tags,
  summary: 'Block a user',
  description: 'Ends the sessions of the user, who gets no others; once the response is there, no server lets one in.',
  operationId: 'blockUser',
  params,
  body: strict({ reason, ends_at: Type.Optional(time('Without it the block has no end')) }),
  response: {
    200: Type.Object({ ended_sessions: Type.Integer() }, { description: 'Blocked' }),
    ...writeProblems(404),
  },
} satisfies FastifySchema;

const unblockUser = {
  tags,
  summary: 'Unblock a user',
  operationId: 'unblockUser',
  params,
  querystring: strict({ reason }),
  response: { 204: Type.Null({ description: 'Unblocked' }), ...writeProblems(404) },
} satisfies FastifySchema;

/** The calls about people. */
export function usersApi(server: Server, needs: PeopleNeeds): void {
  server.addSchema(user);
  server.addSchema(trace);
  readRoute(server, needs, '/admin/v1/users', {
    act: 'read_people',
    schema: listUsers,
    run: async (needs, actor, { query }) => {
      const { after, limit, ...filters } = query;
      const [[field, text] = [], ...others] = Object.entries(filters);
      if (others.length > 0) return { ok: false, code: 'one_filter' };
      const found = await findPeople(needs, actor, {
        ...pageInput(query),
        text,
        field: isField(field) ? field : undefined,
        inClear: true,
      });
      if (!found.ok) return refused(found);
      return { ...success({ items: found.items.map(userJson), next: found.next }), next: found.next };
    },
  });
  readRoute(server, needs, '/admin/v1/users/:id', {
    act: 'read_people',
    schema: getUser,
    run: async (needs, actor, { params: { id } }) => {
      const found = await findPeople(needs, actor, { text: id, field: 'id', limit: 1, inClear: true });
      if (!found.ok) return refused(found);
      const [person] = found.items;
      return person ? success(userJson(person)) : notFound;
    },
  });
  readRoute(server, needs, '/admin/v1/users/:id/trace', {
    act: 'reveal_number',
    schema: traceUser,
    run: async (needs, actor, { params: { id } }) => {
      const story = await numberStory(needs, actor, { accountId: id });
      return story.ok ? success(traceJson(story)) : refusedPerson(story);
    },
  });
  readRoute(server, needs, '/admin/v1/trace', {
    act: 'reveal_number',
    schema: traceNumber,
    run: async (needs, actor, { query: { phone } }) => {
      const story = await numberStory(needs, actor, { text: phone });
      return story.ok ? success(traceJson(story)) : refusedPerson(story);
    },
  });
  blockRoutes(server, needs);
}

function blockRoutes(server: Server, needs: PeopleNeeds): void {
  const url = '/admin/v1/users/:id/block';
  writeRoute(server, needs, 'POST', url, {
    act: 'block',
    schema: blockUser,
    run: async (needs, actor, { params: { id: value }, body: { reason, ends_at: until } }) => {
      const endsAt = until === undefined ? undefined : parseInstant(until);
      if (until !== undefined && !endsAt) return { ok: false, code: 'time_malformed', field: 'ends_at' };
      const added = await addBlock(needs, actor, { kind: 'account', value, reason, endsAt });
      return added.ok ? success({ ended_sessions: added.endedSessions }) : refusedPerson(added);
    },
  });
  writeRoute(server, needs, 'DELETE', url, {
    act: 'unblock',
    schema: unblockUser,
    run: async (needs, actor, { params: { id: value }, query: { reason } }) => {
      const removed = await removeBlock(needs, actor, { kind: 'account', value, reason });
      return removed.ok ? success(null, 204) : refusedPerson(removed);
    },
  });
}

/** A refusal about a person whose id is in the path. */
export function refusedPerson(refusal: PersonRefusal | BlockActRefusal | ProfileRefusal): AdminRefusal {
  if (refusal.code === 'person_unknown' || refusal.code === 'block_unknown') return notFound;
  return refused(refusal);
}

const fields: readonly PersonField[] = ['phone', 'email', 'username', 'invite_code'];

function isField(name: string | undefined): name is PersonField {
  return fields.some((field) => field === name);
}

function userJson({ micros: _, ...person }: Person) {
  return person;
}

function traceJson(story: NumberStory) {
  return {
    phone_number: story.phoneNumber,
    country: story.country,
    ...tellPlainStory(story),
    user: story.person ? userJson(story.person) : null,
    devices: story.devices,
    messages: story.messages.map((message) => ({
      ...message,
      price: message.price === null ? null : Number(message.price) / 1_000_000,
    })),
  };
}
