import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { sendHttpProblem } from '../http/errors.ts';
import { sendRefusal } from '../http/refusal.ts';
import { clearableText, named, problems, ref, withToken } from '../http/schema.ts';
import type { ReplyOf, Request, RequestOf, Server } from '../http/server.ts';
import { invitedText } from '../invites/invited.ts';
import { limitedBy, profileConflicts } from '../limits/rules.ts';
import { withSession } from '../sessions/with-session.ts';
import { editProfile } from './edit-profile.ts';
import { profileRefusals } from './messages.ts';
import { maxLength } from './profile.ts';
import { eraseProfile, type ProfileReadNeeds } from './store.ts';
import { createProfileLoader, type Profile, type ProfileNeeds } from './view-profile.ts';

const clearable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });
const profile = named(
  'Profile',
  Type.Object(
    {
      id: Type.String({
        format: 'uuid',
        description: 'Identifies this account for good. A number can pass to another person; an id never does',
      }),
      phone_number: Type.String({ description: 'E.164' }),
      username: clearable('Unique: no two look alike'),
      first_name: clearable('Given name'),
      last_name: clearable('Family name'),
      email: clearable('Unique'),
      referal_code: Type.String({ description: 'My own invite code, in the spelling of the contract' }),
      invite_code: Type.Union([Type.String(), Type.Null()], { description: 'The code that I redeemed' }),
      invited: Type.Array(Type.String(), {
        description: 'Numbers of those who redeemed mine, newest first, at most 100',
      }),
      invited_count: Type.Integer({ description: 'Of all of them, including those who have deleted their account' }),
      invited_cursor: Type.Union([Type.String(), Type.Null()], { description: 'For /api/users/me/invited' }),
    },
    {
      description: 'A person as they see themselves',
      examples: [
        {
          id: '3f0c1c0e-8d4b-4a57-9f61-0e6c5f3b2a90',
          phone_number: '+79161234567',
          username: 'anna',
          first_name: 'Анна',
          last_name: null,
          email: 'anna@example.com',
          referal_code: 'KX3RT7',
          invite_code: null,
          invited: ['+79267654321'],
          invited_count: 1,
          invited_cursor: null,
        },
      ],
    },
  ),
);
const profileChanges = named(
  'ProfileChanges',
  Type.Object(
    {
      username: clearableText(maxLength.username, 'Unique: no two look alike (RFC 8265, UTS 39)'),
      first_name: clearableText(maxLength.first_name, 'Given name. Whoever invited this person sees it'),
      last_name: clearableText(maxLength.last_name, 'Family name'),
      email: clearableText(
        maxLength.email,
        'Unique; international e-mail addresses too (RFC 6531). An empty string clears',
      ),
    },
    { examples: [{ first_name: 'Анна', email: 'anna@example.com' }] },
  ),
);
const anyOther = Type.Object({ other: Type.String() });
const tags = ['Profile'];

const getProfile = {
  tags,
  summary: 'My profile',
  description:
    'The person whom the token belongs to: number, names, my invite code, the code that I redeemed, and the newest ' +
    'hundred people who redeemed mine.',
  operationId: 'getProfile',
  ...withToken,
  response: { 200: ref(profile, 'My profile'), ...problems(401) },
} satisfies FastifySchema;

const changeProfile = {
  tags,
  summary: 'Change my profile',
  description:
    'Changes the members that are given, all of them or none; null clears one. Other members are ignored. User names and ' +
    'e-mail addresses that somebody has are refused, twenty times an hour at most.',
  operationId: 'editProfile',
  ...withToken,
  body: ref(profileChanges),
  response: { 200: ref(profile, 'The profile as it is now'), ...problems(401, 429) },
} satisfies FastifySchema;

const eraseAccount = {
  tags,
  summary: 'Delete my account',
  description:
    'Deletes the account and ends its sessions at once, for good, within five minutes of entering a code. The number can sign up again as a new account.',
  operationId: 'eraseAccount',
  ...withToken,
  response: { 204: Type.Null({ description: 'Erased, every session with it' }), ...problems(401, 403) },
} satisfies FastifySchema;

/** The JSON routes of the own profile. Other people's profiles are private: 404. */
export function profileApi(server: Server, needs: ProfileNeeds & ProfileReadNeeds): void {
  server.addSchema(profile);
  server.addSchema(profileChanges);
  const view = createProfileLoader(needs);
  server.get('/api/users/me', { schema: getProfile }, (request, reply) =>
    withSession(request, reply, view, (profile) => reply.send(profileJson(profile))),
  );
  server.patch('/api/users/me', { schema: changeProfile, config: limitedBy(profileConflicts) }, (request, reply) =>
    edit(needs, request, reply),
  );
  server.delete('/api/users/me', { schema: eraseAccount }, (request, reply) => erase(needs, request, reply));
  for (const method of ['GET', 'PATCH'] as const) {
    server.route({
      method,
      url: '/api/users/:other',
      exposeHeadRoute: false,
      schema: { hide: true, params: anyOther },
      handler: (request, reply) => sendHttpProblem(request, reply, { code: 'not_found' }),
    });
  }
}

function edit(needs: ProfileNeeds, request: RequestOf<typeof changeProfile>, reply: ReplyOf<typeof changeProfile>) {
  return withSession(
    request,
    reply,
    (credential) => editProfile(needs, credential, request.body),
    (outcome) =>
      outcome.ok ? reply.send(profileJson(outcome.profile)) : sendRefusal(request, reply, profileRefusals, outcome),
  );
}

function erase(needs: ProfileNeeds, request: Request, reply: ReplyOf<typeof eraseAccount>) {
  return withSession(
    request,
    reply,
    (credential) => eraseProfile(needs, credential),
    (outcome) => (outcome.ok ? reply.code(204).send(null) : sendRefusal(request, reply, profileRefusals, outcome)),
  );
}

/** The profile with the names of the contract; `referal_code` is its spelling of the own invite code. */
function profileJson({ id, phoneNumber, username, firstName, lastName, email, invited, ...mine }: Profile) {
  return {
    id,
    phone_number: phoneNumber,
    username,
    first_name: firstName,
    last_name: lastName,
    email,
    referal_code: mine.ownCode,
    invite_code: mine.redeemedCode,
    invited: invited.people.map(invitedText),
    invited_count: mine.invitedCount,
    invited_cursor: invited.cursor,
  };
}
