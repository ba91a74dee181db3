import Type from 'typebox';
import { fieldFailure, sendFailure } from '../http/faults.ts';
import { languageOf } from '../http/language.ts';
import { sendProblem, tellRetry } from '../http/problem.ts';
import { clearableText, problems, withToken } from '../http/schema.ts';
import type { Server } from '../http/server.ts';
import { profileConflicts } from '../limits/allowance.ts';
import { withSession } from '../sessions/require-session.ts';
import { editProfile } from './edit-profile.ts';
import { longest } from './profile.ts';
import { eraseProfile } from './store.ts';
import { openProfiles, type ProfileNeeds } from './view-profile.ts';
import { profileLimitSentence, profileProblems, refusedField } from './words.ts';

const clearable = Type.Union([Type.String(), Type.Null()]);
const profile = Type.Object(
  {
    id: Type.String({
      format: 'uuid',
      description: 'Identifies this account for good. A number can pass to another person; an id never does',
    }),
    phone_number: Type.String({ description: 'E.164' }),
    username: clearable,
    first_name: clearable,
    last_name: clearable,
    email: clearable,
    referal_code: Type.String({ description: 'My own invite code, in the spelling of the contract' }),
    invite_code: Type.Union([Type.String(), Type.Null()], { description: 'The code that I redeemed' }),
    invited: Type.Array(Type.String(), {
      description: 'Numbers of those who redeemed mine, newest first, at most 100',
    }),
    invited_count: Type.Integer({ description: 'Of all of them, those who erased their account since included' }),
    invited_cursor: Type.Union([Type.String(), Type.Null()], { description: 'For /api/users/me/invited' }),
  },
  { title: 'Profile' },
);
const anyOther = Type.Object({ other: Type.String() });
const tags = ['Profile'];

/** The JSON door to one's own profile. Other people's profiles are nobody's business: 404. */
export function profileApi(server: Server, needs: ProfileNeeds): void {
  const view = openProfiles(needs);
  server.get(
    '/api/users/me',
    {
      schema: {
        tags,
        summary: 'My profile',
        operationId: 'getProfile',
        ...withToken,
        response: { 200: profile, ...problems(401) },
      },
    },
    (request, reply) => withSession(request, reply, view, (mine) => reply.send(mine)),
  );

  server.patch(
    '/api/users/me',
    {
      schema: {
        tags,
        summary: 'Change my profile',
        description: 'Only what is given changes; null clears. Other members are ignored.',
        operationId: 'editProfile',
        ...withToken,
        body: Type.Object({
          username: clearableText(longest.username, 'Unique: no two look alike (RFC 8265, UTS 39)'),
          first_name: clearableText(longest.first_name, 'Given name'),
          last_name: clearableText(longest.last_name, 'Family name'),
          email: clearableText(longest.email, 'Unique; international addresses too (RFC 6531). An empty string clears'),
        }),
        response: { 200: profile, ...problems(401, 429) },
      },
    },
    (request, reply) =>
      withSession(
        request,
        reply,
        async (credential) => {
          const outcome = await editProfile(needs, credential, { changes: request.body, clientIp: request.ip });
          return !outcome.ok && outcome.code === 'unauthenticated' ? undefined : outcome;
        },
        (outcome) => {
          if (outcome.ok) return reply.send(outcome.profile);
          if (outcome.code === 'too_many_profile_attempts') {
            tellRetry(reply, outcome.retryInSeconds, profileConflicts);
            const detail = profileLimitSentence(languageOf(request), outcome.retryInSeconds);
            return sendProblem(request, reply, { code: outcome.code, kind: profileProblems[outcome.code], detail });
          }
          const { field, sentence } = refusedField(languageOf(request), outcome);
          return sendFailure(request, reply, fieldFailure(field, sentence));
        },
      ),
  );

  server.delete(
    '/api/users/me',
    {
      schema: {
        tags,
        summary: 'Erase my account',
        operationId: 'eraseAccount',
        ...withToken,
        response: { 204: Type.Null({ description: 'Erased, every session with it' }), ...problems(401) },
      },
    },
    (request, reply) =>
      withSession(
        request,
        reply,
        async (credential) => (await eraseProfile(needs, credential)) || undefined,
        () => reply.code(204).send(null),
      ),
  );

  for (const method of ['GET', 'PATCH'] as const) {
    server.route({
      method,
      url: '/api/users/:other',
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: 'Nobody else’s profile',
        operationId: `${method.toLowerCase()}OtherProfile`,
        params: anyOther,
        response: problems(404, 414),
      },
      handler: (request, reply) => sendFailure(request, reply, { code: 'not_found' }),
    });
  }
}
