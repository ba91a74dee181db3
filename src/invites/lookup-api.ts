import Type from 'typebox';
import { languageOf } from '../http/language.ts';
import { sendProblem, setRetryAfter } from '../http/problem.ts';
import { named, problems, ref, withoutToken } from '../http/schema.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { inviteCodeTries } from '../limits/rules.ts';
import type { InvitedPhones } from './invited.ts';
import { inviteProblems, lookupSentence } from './messages.ts';
import { type OpenedLink, openLink } from './open-link.ts';
import type { InviteNeeds } from './store.ts';

const invite = named(
  'Invite',
  Type.Object(
    {
      invite_code: Type.String({ description: 'As it is sent to `verify-sms`' }),
      inviter_sees: Type.Enum(['full_number', 'masked_number'] as const, {
        description: 'What its owner sees of the number that signs up with it. Show this before a code is asked for',
      }),
    },
    { examples: [{ invite_code: 'KX3RT7', inviter_sees: 'full_number' }] },
  ),
);

/** The JSON route of an invite before a sign-up: whether it works, and who will see what. */
export function inviteLookupApi(server: Server, needs: InviteNeeds & { readonly invitedPhones: InvitedPhones }): void {
  server.addSchema(invite);
  server.get(
    '/api/invites/:code',
    {
      schema: {
        tags: ['Invites'],
        summary: 'What signing up with an invite means',
        description:
          'Says whether an invite works and what its owner will see of a number that signs up with it. Ask before ' +
          '`request-sms`, show it, and let people sign up without the invite: leave `invite_code` out of `verify-sms`. ' +
          'A client network may look up a hundred codes an hour that nobody has.',
        operationId: 'lookUpInvite',
        ...withoutToken,
        params: Type.Object({
          code: Type.String({ description: 'In any case, with spaces, or as a link was passed on' }),
        }),
        response: { 200: ref(invite, 'The invite works'), ...problems(404, 414, 429) },
      },
    },
    async (request, reply) => {
      const opened = await openLink(needs, { text: request.params.code, address: request.ip, credential: undefined });
      if (!opened.ok) return sendRefusal(request, reply, opened);
      const inviter_sees = needs.invitedPhones === 'full' ? 'full_number' : 'masked_number';
      return reply.send({ invite_code: opened.invite.code, inviter_sees });
    },
  );
}

function sendRefusal(request: Request, reply: Reply, refusal: Extract<OpenedLink, { ok: false }>): Reply {
  const limited = refusal.code === 'too_many_links';
  if (limited) setRetryAfter(reply, refusal.retryInSeconds, inviteCodeTries);
  const code = limited ? 'too_many_redeem_attempts' : 'invite_not_working';
  const detail = lookupSentence(languageOf(request), limited ? refusal.retryInSeconds : undefined);
  return sendProblem(request, reply, { code, kind: inviteProblems[code], detail, contractFields: { error: detail } });
}
