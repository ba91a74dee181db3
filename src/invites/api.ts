import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { fieldError, sendHttpProblem } from '../http/errors.ts';
import { languageOf } from '../http/language.ts';
import { validationMessages } from '../http/messages.ts';
import { sendRefusal } from '../http/refusal.ts';
import { named, problems, ref, withToken } from '../http/schema.ts';
import type { ReplyOf, RequestOf, Server } from '../http/server.ts';
import { inviteCodeAttempts, limitedBy, redeemAttempts } from '../limits/rules.ts';
import { withSession } from '../sessions/with-session.ts';
import { type InvitedPerson, type InvitedPhones, invitedText, parseCursor, toInvitedPage } from './invited.ts';
import { inviteRefusals } from './messages.ts';
import { redeem } from './redeem.ts';
import { findOwnInvite, type InviteNeeds } from './store.ts';

const redeemCode = named(
  'RedeemCode',
  Type.Object(
    {
      invite_code: Type.Optional(
        Type.String({ minLength: 1, description: 'In any case, with spaces, or a whole link' }),
      ),
    },
    { examples: [{ invite_code: 'KX3RT7' }] },
  ),
);
const redeemedCode = named(
  'RedeemedCode',
  Type.Object(
    { invite_code: Type.Union([Type.String(), Type.Null()], { description: 'The code that I redeemed' }) },
    { examples: [{ invite_code: 'KX3RT7' }] },
  ),
);
const invitedPerson = Type.Object({
  phone_number: Type.String({ description: 'As in `invited`' }),
  first_name: Type.Union([Type.String(), Type.Null()], { description: 'As the profile of the person has it now' }),
  redeemed_at: Type.String({ format: 'date-time', description: 'When the person redeemed the code' }),
});
const invitedPeople = named(
  'InvitedPeople',
  Type.Object(
    {
      invited: Type.Array(Type.String(), { description: 'Phone numbers, newest first, at most 100' }),
      people: Type.Array(invitedPerson, { description: 'The same people, with names and times' }),
      invited_count: Type.Integer({ description: 'Of all, those who erased their account since included' }),
      invited_cursor: Type.Union([Type.String(), Type.Null()], { description: 'Where the next page begins' }),
    },
    {
      examples: [
        {
          invited: ['+79267654321'],
          people: [{ phone_number: '+79267654321', first_name: 'Анна', redeemed_at: '2026-07-25T10:00:00.000Z' }],
          invited_count: 1,
          invited_cursor: null,
        },
      ],
    },
  ),
);
const pageSize = 100;
const tags = ['Invites'];

const redeemInviteCode = {
  tags,
  summary: 'Redeem somebody’s invite code',
  description:
    'A person redeems one code, once, never their own, and never so that invites form a circle. The same code again ' +
    'changes nothing. Without a body the answer is the code redeemed so far.',
  operationId: 'redeemInviteCode',
  ...withToken,
  body: ref(redeemCode),
  response: {
    200: ref(redeemedCode, 'The code that I redeemed'),
    ...problems(401, 403, 429),
  },
} satisfies FastifySchema;

const listInvited = {
  tags,
  summary: 'Who redeemed my code',
  description: 'People who redeemed my code, newest first, a hundred a page.',
  operationId: 'listInvited',
  ...withToken,
  querystring: Type.Object({
    cursor: Type.Optional(Type.String({ maxLength: 200, description: 'The `invited_cursor` of the page before' })),
  }),
  response: {
    200: ref(invitedPeople, 'A page of them'),
    ...problems(401),
  },
} satisfies FastifySchema;

type InvitesApiNeeds = InviteNeeds & { readonly invitedPhones: InvitedPhones };

/** The JSON routes of redeeming an invite code, and of the people who redeemed the own code. */
export function invitesApi(server: Server, needs: InvitesApiNeeds): void {
  for (const schema of [redeemCode, redeemedCode, invitedPeople]) server.addSchema(schema);
  server.patch(
    '/api/users/me/invite_code',
    { schema: redeemInviteCode, config: { errorForm: 'error', ...limitedBy(redeemAttempts, inviteCodeAttempts) } },
    (request, reply) => redeemOrShow(needs, request, reply),
  );
  server.get('/api/users/me/invited', { schema: listInvited }, (request, reply) => sendInvited(needs, request, reply));
}

function redeemOrShow(
  needs: InvitesApiNeeds,
  request: RequestOf<typeof redeemInviteCode>,
  reply: ReplyOf<typeof redeemInviteCode>,
) {
  const input = request.body.invite_code;
  if (input === undefined) {
    return withSession(
      request,
      reply,
      (credential) => findOwnInvite(needs, credential),
      (invite) => reply.send({ invite_code: invite.redeemed_code }),
    );
  }
  return withSession(
    request,
    reply,
    (credential) => redeem(needs, credential, input),
    (outcome) =>
      outcome.ok
        ? reply.send({ invite_code: outcome.inviteCode })
        : sendRefusal(request, reply, inviteRefusals, outcome, (error) => ({ error })),
  );
}

function personJson(person: InvitedPerson) {
  return {
    phone_number: invitedText(person),
    first_name: person.firstName,
    redeemed_at: person.redeemedAt.toISOString(),
  };
}

async function sendInvited(
  needs: InvitesApiNeeds,
  request: RequestOf<typeof listInvited>,
  reply: ReplyOf<typeof listInvited>,
) {
  const text = request.query.cursor;
  const cursor = text === undefined ? undefined : parseCursor(text);
  if (text !== undefined && cursor === undefined) {
    return sendHttpProblem(request, reply, fieldError('cursor', validationMessages[languageOf(request)].generic));
  }
  return withSession(
    request,
    reply,
    (credential) => findOwnInvite(needs, credential, { cursor, count: pageSize + 1 }),
    (invite) => {
      const page = toInvitedPage(invite.invited, pageSize, needs.invitedPhones);
      return reply.send({
        invited: page.people.map(invitedText),
        people: page.people.map(personJson),
        invited_count: invite.invited_count,
        invited_cursor: page.cursor,
      });
    },
  );
}
