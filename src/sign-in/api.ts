import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { toClient } from '../http/client.ts';
import { sendRefusal } from '../http/refusal.ts';
import { problems, ref, withoutToken } from '../http/schema.ts';
import type { Reply, ReplyOf, Request, RequestOf, Server } from '../http/server.ts';
import { typedInviteCode } from '../invites/invite.ts';
import { limitedBy, networkGuesses, testNumberGuesses } from '../limits/rules.ts';
import { bearerCredential } from '../sessions/with-session.ts';
import { codeEntry, codeRequest, codeSent, signedIn } from './api-schemas.ts';
import { parseChallengeToken } from './challenge-token.ts';
import { messageLanguage } from './message-language.ts';
import { type SignInRefusal, signInRefusals } from './messages.ts';
import { type NumberNeeds, parseNumber } from './parse-number.ts';
import { type RequestCodeNeeds, requestCode, requestCodeLimits } from './request-code.ts';
import { type VerifyCodeNeeds, verifyCode } from './verify-code.ts';

type SignInApiNeeds = RequestCodeNeeds & VerifyCodeNeeds & NumberNeeds;

const deviceToken = Type.Object({
  'device-token': Type.Optional(
    Type.String({ description: 'From an earlier sign-in on this device: keeps strangers from using up its limits' }),
  ),
});
const tags = ['Sign-in'];

const requestSms = {
  tags,
  summary: 'Send a one-time code by SMS',
  description:
    'Sends a code to a number, known or not: the answer is the same. Its `challenge` belongs to the client that asked: ' +
    'send it along with the code, and when asking again, which sends the code that is under way. An answer 429 says ' +
    'when to ask again.',
  operationId: 'requestSms',
  ...withoutToken,
  headers: deviceToken,
  body: ref(codeRequest),
  response: {
    201: ref(codeSent, 'The code is on its way'),
    ...problems(403, 429, 503),
  },
} satisfies FastifySchema;

const verifySms = {
  tags,
  summary: 'Enter the code and get a token',
  description:
    'Signs the person in by the code that this client requested, and signs up a number that is new. Each code works once; a ' +
    'wrong one is counted. Keep the header `Device-Token` of the answer and send it when asking again.',
  operationId: 'verifySms',
  ...withoutToken,
  headers: deviceToken,
  body: ref(codeEntry),
  response: {
    201: {
      ...ref(signedIn, 'Signed in'),
      headers: { 'Device-Token': { type: 'string', description: 'To send when asking again' } },
    },
    ...problems(403, 429),
  },
} satisfies FastifySchema;

/** The JSON routes of signing in: `POST /api/request-sms/` and `POST /api/verify-sms/`. */
export function signInApi(server: Server, needs: SignInApiNeeds): void {
  for (const schema of [codeRequest, codeSent, codeEntry, signedIn]) server.addSchema(schema);
  server.post('/api/request-sms/', { schema: requestSms, config: requestCodeLimits(needs) }, (request, reply) =>
    sendCode(needs, request, reply),
  );
  server.post(
    '/api/verify-sms/',
    { schema: verifySms, config: limitedBy(networkGuesses, testNumberGuesses) },
    (request, reply) => enterCode(needs, request, reply),
  );
}

async function sendCode(
  needs: SignInApiNeeds,
  request: RequestOf<typeof requestSms>,
  reply: ReplyOf<typeof requestSms>,
) {
  const number = parseNumber(needs, request.body.phone_number, request.body.region_code ?? undefined);
  if (!number.ok) return refuse(request, reply, number);
  const challenge = parseChallengeToken(request.body.challenge, false);
  if (!challenge.ok) return refuse(request, reply, challenge);
  const requested = await requestCode(needs, {
    phoneNumber: number.phoneNumber,
    clientIp: request.ip,
    challengeToken: challenge.token,
    deviceToken: request.headers['device-token'],
    language: messageLanguage(request, number.phoneNumber),
  });
  if (!requested.ok) return refuse(request, reply, requested);
  return reply.code(201).send({
    phone_number: number.phoneNumber,
    ...(number.region ? { region_code: number.region } : {}),
    expires_in: requested.expiresIn,
    resend_in: requested.resendIn,
    code_length: requested.codeLength,
    challenge: requested.challengeToken,
    channel: requested.channel,
    next_channel: requested.nextChannel,
  });
}

async function enterCode(
  needs: SignInApiNeeds,
  request: RequestOf<typeof verifySms>,
  reply: ReplyOf<typeof verifySms>,
) {
  const number = parseNumber(needs, request.body.phone_number, request.body.region_code ?? undefined);
  if (!number.ok) return refuse(request, reply, number);
  const challenge = parseChallengeToken(request.body.challenge, needs.requireChallenge);
  if (!challenge.ok) return refuse(request, reply, challenge);
  const verified = await verifyCode(needs, {
    phoneNumber: number.phoneNumber,
    challengeToken: challenge.token,
    code: request.body.sms_code,
    inviteCode: request.body.invite_code ? typedInviteCode(request.body.invite_code) : undefined,
    deviceToken: request.headers['device-token'],
    previous: bearerCredential(request),
    client: toClient(request),
  });
  if (!verified.ok) return refuse(request, reply, verified);
  return reply.code(201).header('device-token', verified.deviceToken).send({
    token: verified.token,
    id: verified.id,
    expires_at: verified.expiresAt.toISOString(),
    created: verified.created,
  });
}

/** The contract has the sentence under `non_field_errors`, but not for a rate limit. */
function refuse(request: Request, reply: Reply, refusal: SignInRefusal): Reply {
  return sendRefusal(request, reply, signInRefusals, refusal, (sentence) =>
    'retryInSeconds' in refusal ? undefined : { non_field_errors: [sentence] },
  );
}
