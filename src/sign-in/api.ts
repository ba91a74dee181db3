import Type from 'typebox';
import { clientOf } from '../http/client.ts';
import { fieldError, sendHttpProblem } from '../http/errors.ts';
import { languageOf } from '../http/language.ts';
import { validationMessages } from '../http/messages.ts';
import { sendProblem, setRetryAfter } from '../http/problem.ts';
import { problems, ref, withoutToken } from '../http/schema.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { readInviteCode } from '../invites/invite.ts';
import type { PhoneNumberRefusal } from '../kit/phone-number.ts';
import { numberGuesses } from '../limits/rules.ts';
import { credentialIn } from '../sessions/with-session.ts';
import { codeEntry, codeRequest, codeSent, signedIn } from './api-schemas.ts';
import type { RequestRefusal, VerifyRefusal } from './challenge.ts';
import { refusalSentence, signInProblems } from './messages.ts';
import { type NumberNeeds, readNumber } from './parse-number.ts';
import { type RequestCodeNeeds, requestCode } from './request-code.ts';
import { type VerifyCodeNeeds, verifyCode } from './verify-code.ts';

const deviceToken = Type.Object({
  'device-token': Type.Optional(
    Type.String({ description: 'From an earlier sign-in on this device: keeps strangers from using up its limits' }),
  ),
});
const tags = ['Sign-in'];

/** The JSON routes of signing in: `POST /api/request-sms/` and `POST /api/verify-sms/`. */
export function signInApi(server: Server, needs: RequestCodeNeeds & VerifyCodeNeeds & NumberNeeds): void {
  for (const schema of [codeRequest, codeSent, codeEntry, signedIn]) server.addSchema(schema);
  server.post(
    '/api/request-sms/',
    {
      schema: {
        tags,
        summary: 'Send a one-time code by SMS',
        description:
          'Sends a code to a number, known or not: the answer is the same. Asking again sends the code that is under way. ' +
          'An answer 429 says when to ask again.',
        operationId: 'requestSms',
        ...withoutToken,
        headers: deviceToken,
        body: ref(codeRequest),
        response: {
          201: ref(codeSent, 'The code is on its way'),
          ...problems(429, 503),
        },
      },
    },
    async (request, reply) => {
      const number = readNumber(needs, request.body.phone_number, request.body.region_code ?? undefined);
      if (!number.ok) return sendRefusal(request, reply, number);
      const requested = await requestCode(needs, {
        phoneNumber: number.phoneNumber,
        address: request.ip,
        deviceToken: request.headers['device-token'],
        language: languageOf(request),
      });
      if (!requested.ok) return sendRefusal(request, reply, requested);
      return reply.code(201).send({
        phone_number: number.phoneNumber,
        ...(number.region ? { region_code: number.region } : {}),
        expires_in: requested.expiresIn,
        resend_in: requested.resendIn,
        code_length: requested.codeLength,
        channel: requested.channel,
        next_channel: requested.nextChannel,
      });
    },
  );

  server.post(
    '/api/verify-sms/',
    {
      schema: {
        tags,
        summary: 'Enter the code and get a token',
        description:
          'Signs the person in by the code of their number, and signs up a number that is new. Each code works once; a ' +
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
          ...problems(429),
        },
      },
    },
    async (request, reply) => {
      const number = readNumber(needs, request.body.phone_number, request.body.region_code ?? undefined);
      if (!number.ok) return sendRefusal(request, reply, number);
      const verified = await verifyCode(needs, {
        phoneNumber: number.phoneNumber,
        code: request.body.sms_code,
        inviteCode: request.body.invite_code ? readInviteCode(request.body.invite_code) : undefined,
        deviceToken: request.headers['device-token'],
        previous: credentialIn(request),
        client: clientOf(request),
      });
      if (!verified.ok) return sendRefusal(request, reply, verified);
      return reply.code(201).header('device-token', verified.deviceToken).send({
        token: verified.token,
        id: verified.id,
        expires_at: verified.expiresAt.toISOString(),
        created: verified.created,
      });
    },
  );
}

function sendRefusal(
  request: Request,
  reply: Reply,
  refusal: RequestRefusal | VerifyRefusal | PhoneNumberRefusal,
): Reply {
  const language = languageOf(request);
  if (refusal.code === 'unknown_region') {
    return sendHttpProblem(request, reply, fieldError('region_code', validationMessages[language].regionCode));
  }
  const detail = refusalSentence(language, refusal);
  if (refusal.code === 'too_many_messages') setRetryAfter(reply, refusal.retryInSeconds, refusal.limit);
  if (refusal.code === 'sending_busy' || refusal.code === 'daily_max') setRetryAfter(reply, refusal.retryInSeconds);
  if (refusal.code === 'too_many_guesses') setRetryAfter(reply, refusal.retryInSeconds, numberGuesses);
  const code = refusal.code in signInProblems ? (refusal.code as keyof typeof signInProblems) : 'not_a_phone_number';
  const limited = 'retryInSeconds' in refusal;
  return sendProblem(request, reply, {
    code,
    kind: signInProblems[code],
    detail,
    ...(limited ? {} : { contractFields: { non_field_errors: [detail] } }),
    ...(refusal.code === 'country_not_served' ? { extensions: { country: refusal.country } } : {}),
    ...(refusal.code === 'wrong_code' && refusal.guessesLeft !== undefined
      ? { extensions: { guesses_left: refusal.guessesLeft } }
      : {}),
  });
}
