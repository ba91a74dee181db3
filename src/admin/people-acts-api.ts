import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { keyLimitName } from '../api-keys/find-key-actor.ts';
import { clearableText } from '../http/schema.ts';
import type { Server } from '../http/server.ts';
import { changePerson, endPersonSessions, unlockNumber } from '../people/act-on-person.ts';
import { erasePerson } from '../people/erase-person.ts';
import { exportPerson } from '../people/export-person.ts';
import type { PeopleNeeds } from '../people/person.ts';
import { maxLength } from '../profile/profile.ts';
import { actorOf } from './authenticate.ts';
import { respond } from './respond.ts';
import { success } from './result.ts';
import { mount, typed, writeRoute } from './routes-api.ts';
import { nullable, readProblems, strict, time, writeProblems } from './schema.ts';
import { refusedPerson } from './users-api.ts';

const tags = ['Users'];
const params = Type.Object({ id: Type.String({ format: 'uuid', description: '`id` of a user' }) });
const reason = Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'The audit trail has it' }));

const changeUser = {
  tags,
  summary: 'Change a user',
  description: 'Changes the fields that are given, all of them or none; null clears one.',
  operationId: 'changeUser',
  params,
  body: strict({
    username: clearableText(maxLength.username, 'Unique: no two look alike'),
    first_name: clearableText(maxLength.first_name, 'Given name'),
    last_name: clearableText(maxLength.last_name, 'Family name'),
    email: clearableText(maxLength.email, 'Unique'),
    reason,
  }),
  response: { 204: Type.Null({ description: 'Changed' }), ...writeProblems(404) },
} satisfies FastifySchema;

const eraseUser = {
  tags,
  summary: 'Erase a user',
  description: 'Removes everything that identifies the person, for good, and ends the sessions at once.',
  operationId: 'eraseUser',
  params,
  querystring: strict({ reason }),
  response: {
    200: Type.Object(
      {
        account_id: Type.String(),
        erased_at: time('When'),
        removed: Type.Object({
          account: Type.Integer(),
          sessions: Type.Integer(),
          trusted_devices: Type.Integer(),
          messages_anonymized: Type.Integer({ description: 'Messages that have lost the number' }),
        }),
        kept: Type.Array(
          Type.Object({
            what: Type.String(),
            until: nullable(time('Until when'), 'Null for what stays and identifies nobody'),
          }),
        ),
      },
      { description: 'The certificate: what was removed, and what stays until when' },
    ),
    ...writeProblems(404),
  },
} satisfies FastifySchema;

const endSessions = {
  tags,
  summary: 'End the sessions of a user',
  description: 'Once the response is there, no server lets one in.',
  operationId: 'endUserSessions',
  params,
  body: strict({ reason }),
  response: {
    200: Type.Object({ ended: Type.Integer() }, { description: 'Ended' }),
    ...writeProblems(404),
  },
} satisfies FastifySchema;

const unlocked = Type.Object(
  {
    was_locked: Type.Boolean({ description: 'Whether wrong codes kept strangers from codes' }),
    had_limits: Type.Boolean({ description: 'Whether a limit was in the way' }),
  },
  { description: 'The number can try now' },
);

const unlock = {
  tags,
  summary: 'Let a number try now',
  description: 'Ends the lock after wrong codes and every limit of the number; its open codes end.',
  operationId: 'unlockNumber',
  body: strict({ phone: Type.String({ minLength: 1, maxLength: 100, description: 'In any spelling' }), reason }),
  response: { 200: unlocked, ...writeProblems() },
} satisfies FastifySchema;

const exportUser = {
  tags,
  summary: 'The data of a user',
  description:
    'Profile, devices, messages with times, invites and the audit trail, for the person. The audit trail has it.',
  operationId: 'exportUser',
  params,
  querystring: strict({}),
  response: {
    200: Type.Object({}, { additionalProperties: true, description: 'The data' }),
    ...readProblems(404),
  },
} satisfies FastifySchema;

/** The calls that act on people. */
export function peopleActsApi(server: Server, needs: PeopleNeeds): void {
  writeRoute(server, needs, 'PATCH', '/admin/v1/users/:id', {
    act: 'change_person',
    schema: changeUser,
    run: async (needs, actor, { params: { id: accountId }, body: { reason, ...changes } }) => {
      const changed = await changePerson(needs, actor, { accountId, changes, reason });
      return changed.ok ? success(null, 204) : refusedPerson(changed);
    },
  });
  writeRoute(server, needs, 'DELETE', '/admin/v1/users/:id', {
    act: 'erase_person',
    schema: eraseUser,
    run: async (needs, actor, { params: { id: accountId }, query: { reason } }) => {
      const erased = await erasePerson(needs, actor, { accountId, reason });
      return erased.ok ? success(erased.certificate) : refusedPerson(erased);
    },
  });
  writeRoute(server, needs, 'POST', '/admin/v1/users/:id/end-sessions', {
    act: 'end_sessions',
    schema: endSessions,
    run: async (needs, actor, { params: { id: accountId }, body: { reason } }) => {
      const ended = await endPersonSessions(needs, actor, { accountId, reason });
      return ended.ok ? success({ ended: ended.ended }) : refusedPerson(ended);
    },
  });
  writeRoute(server, needs, 'POST', '/admin/v1/unlock', {
    act: 'unlock_number',
    schema: unlock,
    run: async (needs, actor, { body: { phone: text, reason } }) => {
      const result = await unlockNumber(needs, actor, { text, reason });
      if (!result.ok) return refusedPerson(result);
      return success({ was_locked: result.wasLocked, had_limits: result.hadLimits });
    },
  });
  exportRoute(server, needs);
}

function exportRoute(server: Server, needs: PeopleNeeds): void {
  const config = { limits: [keyLimitName], act: 'export_person' } as const;
  const route = { method: 'GET', url: '/admin/v1/users/:id/export', schema: exportUser, config } as const;
  mount(server, { ...route, exposeHeadRoute: false }, async (request, reply) => {
    const { id: accountId } = typed<typeof exportUser>(request).params;
    const exported = await exportPerson(needs, actorOf(request), { accountId });
    return respond(request, reply, exported.ok ? success(exported.data) : refusedPerson(exported));
  });
}
