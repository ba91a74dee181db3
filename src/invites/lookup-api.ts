import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { sendRefusal } from '../http/refusal.ts';
import { named, problems, ref, withoutToken } from '../http/schema.ts';
import type { ReplyOf, RequestOf, Server } from '../http/server.ts';
import { inviteCodeAttempts, limitedBy } from '../limits/rules.ts';
import type { InvitedPhones } from './invited.ts';
import { inviteRefusals } from './messages.ts';
import { openLink } from './open-link.ts';
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

const lookUpInvite = {
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
} satisfies FastifySchema;

type InviteLookupNeeds = InviteNeeds & { readonly invitedPhones: InvitedPhones };

/** The JSON route of an invite before a sign-up: whether it works, and who will see what. */
export function inviteLookupApi(server: Server, needs: InviteLookupNeeds): void {
  server.addSchema(invite);
  server.get('/api/invites/:code', { schema: lookUpInvite, config: limitedBy(inviteCodeAttempts) }, (request, reply) =>
    sendInvite(needs, request, reply),
  );
}

async function sendInvite(
  needs: InviteLookupNeeds,
  request: RequestOf<typeof lookUpInvite>,
  reply: ReplyOf<typeof lookUpInvite>,
) {
  const link = await openLink(needs, { text: request.params.code, clientIp: request.ip, credential: undefined });
  if (!link.ok) return sendRefusal(request, reply, inviteRefusals, link, (error) => ({ error }));
  const inviter_sees = needs.invitedPhones === 'full' ? 'full_number' : 'masked_number';
  return reply.send({ invite_code: link.invite.code, inviter_sees });
}
