import Type from 'typebox';
import { fieldError, sendHttpProblem } from '../http/errors.ts';
import { languageOf } from '../http/language.ts';
import { validationMessages } from '../http/messages.ts';
import { sendProblem, setRetryAfter } from '../http/problem.ts';
import { named, problems, ref, withToken } from '../http/schema.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { withSession } from '../sessions/with-session.ts';
import type { RedeemRefusal } from './invite.ts';
import { type InvitedPhones, invitedPageOf, readCursor } from './invited.ts';
import { inviteProblems, redeemSentence } from './messages.ts';
import { redeem } from './redeem.ts';
import { type InviteNeeds, placeOf } from './store.ts';

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
const invitedPeople = named(
  'InvitedPeople',
  Type.Object(
    {
      invited: Type.Array(Type.String(), { description: 'Phone numbers, newest first, at most 100' }),
      invited_count: Type.Integer({ description: 'Of all, those who erased their account since included' }),
      invited_cursor: Type.Union([Type.String(), Type.Null()], { description: 'Where the next page begins' }),
    },
    { examples: [{ invited: ['+79267654321'], invited_count: 1, invited_cursor: null }] },
  ),
);
const pageSize = 100;
const tags = ['Invites'];

/** The JSON routes of redeeming an invite code, and of the people who redeemed the own code. */
export function invitesApi(server: Server, needs: InviteNeeds & { readonly invitedPhones: InvitedPhones }): void {
  for (const schema of [redeemCode, redeemedCode, invitedPeople]) server.addSchema(schema);
  server.patch(
    '/api/users/me/invite_code',
    {
      config: { errorForm: 'error' },
      schema: {
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
          ...problems(401, 429),
        },
      },
    },
    (request, reply) => {
      const typed = request.body.invite_code;
      if (typed !== undefined) {
        return withSession(
          request,
          reply,
          async (credential) => {
            const outcome = await redeem(needs, credential, typed);
            return !outcome.ok && outcome.code === 'unauthenticated' ? undefined : outcome;
          },
          (outcome) =>
            outcome.ok ? reply.send({ invite_code: outcome.inviteCode }) : sendRefusal(request, reply, outcome),
        );
      }
      return withSession(
        request,
        reply,
        (credential) => placeOf(needs, credential),
        (place) => reply.send({ invite_code: place.redeemed_code }),
      );
    },
  );

  server.get(
    '/api/users/me/invited',
    {
      schema: {
        tags,
        summary: 'Who redeemed my code',
        description: 'People who redeemed my code, newest first, a hundred a page.',
        operationId: 'listInvited',
        ...withToken,
        querystring: Type.Object({
          cursor: Type.Optional(
            Type.String({ maxLength: 200, description: 'The `invited_cursor` of the page before' }),
          ),
        }),
        response: {
          200: ref(invitedPeople, 'A page of them'),
          ...problems(401),
        },
      },
    },
    async (request, reply) => {
      const text = request.query.cursor;
      const cursor = text === undefined ? undefined : readCursor(text);
      if (text !== undefined && cursor === undefined) {
        return sendHttpProblem(request, reply, fieldError('cursor', validationMessages[languageOf(request)].generic));
      }
      return withSession(
        request,
        reply,
        (credential) => placeOf(needs, credential, { cursor, count: pageSize + 1 }),
        (place) => {
          const page = invitedPageOf(place.invited, pageSize, needs.invitedPhones);
          return reply.send({ invited: page.numbers, invited_count: place.invited_count, invited_cursor: page.cursor });
        },
      );
    },
  );
}

function sendRefusal(request: Request, reply: Reply, refusal: RedeemRefusal): Reply {
  if (refusal.code === 'unauthenticated') throw new Error('answered by withSession');
  const detail = redeemSentence(languageOf(request), refusal);
  if (refusal.code === 'too_many_redeem_attempts') setRetryAfter(reply, refusal.retryInSeconds, refusal.limit);
  return sendProblem(request, reply, {
    code: refusal.code,
    kind: inviteProblems[refusal.code],
    detail,
    contractFields: { error: detail },
  });
}
