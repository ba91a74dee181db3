import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { named, ref } from '../http/schema.ts';
import type { Server } from '../http/server.ts';
import { closeInvite } from '../people/act-on-person.ts';
import { inviteTree, mostActiveInviters } from '../people/invites.ts';
import type { PeopleNeeds } from '../people/person.ts';
import { refused, success } from './result.ts';
import { readRoute, writeRoute } from './routes-api.ts';
import { nullable, readProblems, strict, time, writeProblems } from './schema.ts';
import { refusedPerson } from './users-api.ts';

const tags = ['Invites'];
const params = Type.Object({ id: Type.String({ format: 'uuid', description: '`id` of a user' }) });

const fields = {
  account_id: Type.String(),
  number: nullable(Type.String(), 'Masked; null for a person who is erased'),
  code: Type.String(),
  inviter_id: nullable(Type.String()),
  redeemed_at: nullable(time('When the person redeemed a code')),
  invited_count: Type.Integer(),
  stopped_at: nullable(time('When the code was closed')),
};
const invited = named('InvitedPerson', Type.Object(fields, { description: 'A person of an invite tree' }));
const guest = Type.Object({
  ...fields,
  guests: Type.Array(ref(invited), { description: 'Whom they invited, newest first' }),
});

const readTree = {
  tags,
  summary: 'The invite tree around a user',
  description: 'The inviters above, nearest first, and two levels below, newest first.',
  operationId: 'readInviteTree',
  params,
  querystring: strict({}),
  response: {
    200: Type.Object({ above: Type.Array(ref(invited)), below: Type.Array(guest) }, { description: 'The tree' }),
    ...readProblems(),
  },
} satisfies FastifySchema;

const changeInvite = {
  tags,
  summary: 'Close or open the invite code of a user',
  operationId: 'changeInvite',
  params,
  body: strict({
    is_open: Type.Boolean({ description: 'Whether the code can be redeemed' }),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'The audit trail has it' })),
  }),
  response: {
    200: Type.Object(
      { changed: Type.Boolean({ description: 'False if it was so already' }) },
      { description: 'Closed or open' },
    ),
    ...writeProblems(404),
  },
} satisfies FastifySchema;

const listInviters = {
  tags,
  summary: 'The most active inviters',
  operationId: 'listInviters',
  querystring: strict({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })) }),
  response: { 200: Type.Object({ items: Type.Array(ref(invited)) }, { description: 'Most first' }), ...readProblems() },
} satisfies FastifySchema;

/** The calls about invites. */
export function invitesAdminApi(server: Server, needs: PeopleNeeds): void {
  server.addSchema(invited);
  readRoute(server, needs, '/admin/v1/users/:id/invites', {
    act: 'read_invites',
    schema: readTree,
    run: async (needs, actor, { params: { id: accountId } }) => {
      const tree = await inviteTree(needs, actor, { accountId });
      return tree.ok ? success({ above: tree.above, below: tree.below }) : refused(tree);
    },
  });
  writeRoute(server, needs, 'PATCH', '/admin/v1/users/:id/invite', {
    act: 'close_invite',
    schema: changeInvite,
    run: async (needs, actor, { params: { id: accountId }, body: { is_open: isOpen, reason } }) => {
      const result = await closeInvite(needs, actor, { accountId, isOpen, reason });
      return result.ok ? success({ changed: result.changed }) : refusedPerson(result);
    },
  });
  readRoute(server, needs, '/admin/v1/inviters', {
    act: 'read_invites',
    schema: listInviters,
    run: async (needs, actor, { query: { limit = 50 } }) => {
      const found = await mostActiveInviters(needs, actor, { limit });
      return found.ok ? success({ items: found.items }) : refused(found);
    },
  });
}
