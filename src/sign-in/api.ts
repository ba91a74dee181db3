import Type from 'typebox';
import { fieldFailure, sendFailure } from '../http/faults.ts';
import { languageOf } from '../http/language.ts';
import { sendProblem, tellRetry } from '../http/problem.ts';
import { problems } from '../http/schema.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { fieldWords } from '../http/words.ts';
import { readInviteCode } from '../invites/invite.ts';
import type { PhoneNumberRefusal } from '../kit/phone-number.ts';
import type { RequestRefusal, VerifyRefusal } from './challenge.ts';
import { numberGuesses } from './limits.ts';
import { type NumberNeeds, readNumber } from './read-number.ts';
import { type RequestCodeNeeds, requestCode } from './request-code.ts';
import { type VerifyCodeNeeds, verifyCode } from './verify-code.ts';
import { refusalSentence, signInProblems } from './words.ts';

const phoneNumber = Type.String({
  minLength: 1,
  description: 'International in any spelling, or national with `region_code` or in the default region',
  examples: ['+7 916 123-45-67'],
});
const regionCode = Type.Optional(
  Type.Union([Type.String(), Type.Null()], {
    description: 'ISO 3166-1 alpha-2, for a number in national form',
    examples: ['RU'],
  }),
);
const deviceToken = Type.Object({
  'device-token': Type.Optional(
    Type.String({ description: 'From an earlier sign-in on this device: keeps strangers from using up its limits' }),
  ),
});
const channels = ['sms', 'telegram', 'whatsapp'] as const;
const tags = ['Sign-in'];

/** The JSON door to signing in: `POST /api/request-sms/` and `POST /api/verify-sms/`. */
export function signInApi(server: Server, needs: RequestCodeNeeds & VerifyCodeNeeds & NumberNeeds): void {
  server.post(
    '/api/request-sms/',
    {
      schema: {
        tags,
        summary: 'Send a one-time code by SMS',
        operationId: 'requestSms',
        headers: deviceToken,
        body: Type.Object({ phone_number: phoneNumber, region_code: regionCode }),
        response: {
          201: Type.Object(
            {
              phone_number: Type.String({ description: 'E.164' }),
              region_code: Type.Optional(Type.String()),
              expires_in: Type.Integer({ description: 'Seconds until the code ends' }),
              resend_in: Type.Integer({ description: 'Seconds until it can be sent again' }),
              code_length: Type.Integer({ minimum: 4, maximum: 8 }),
              channel: Type.Enum(channels, { description: 'How the code travels' }),
              next_channel: Type.Enum(channels, { description: 'How it travels where it is asked for again' }),
            },
            { description: 'The code is on its way' },
          ),
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
        operationId: 'verifySms',
        headers: deviceToken,
        body: Type.Object({
          phone_number: phoneNumber,
          region_code: regionCode,
          sms_code: Type.Union([Type.String({ minLength: 1 }), Type.Integer({ minimum: 0 })], {
            description: 'As a string; a number has lost its leading zeros, and is tried with them',
            examples: ['012345'],
          }),
          invite_code: Type.Optional(
            Type.Union([Type.String(), Type.Null()], {
              description: 'Redeemed if this signs up a new person and the code can be redeemed; ignored otherwise',
            }),
          ),
        }),
        response: {
          201: Type.Object(
            {
              token: Type.String({ description: 'For `Authorization: Token …` or `Bearer …`' }),
              id: Type.String({
                format: 'uuid',
                description:
                  'Identifies the account for good: keep data by it, not by the number, which can change hands',
              }),
              expires_at: Type.String({ format: 'date-time', description: 'The session ends then at the latest' }),
              created: Type.Boolean({ description: 'Whether this person was unknown until now' }),
            },
            {
              description: 'Signed in',
              headers: { 'Device-Token': { type: 'string', description: 'To send when asking again' } },
            },
          ),
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
        address: request.ip,
        userAgent: request.headers['user-agent'],
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
    return sendFailure(request, reply, fieldFailure('region_code', fieldWords[language].regionCode));
  }
  const detail = refusalSentence(language, refusal);
  if (refusal.code === 'too_many_messages') tellRetry(reply, refusal.retryInSeconds, refusal.limit);
  if (refusal.code === 'sending_busy') tellRetry(reply, refusal.retryInSeconds);
  if (refusal.code === 'too_many_guesses') tellRetry(reply, refusal.retryInSeconds, numberGuesses);
  const code = refusal.code in signInProblems ? (refusal.code as keyof typeof signInProblems) : 'not_a_phone_number';
  const limited = 'retryInSeconds' in refusal;
  return sendProblem(request, reply, {
    code,
    kind: signInProblems[code],
    detail,
    ...(limited ? {} : { form: { non_field_errors: [detail] } }),
    ...(refusal.code === 'country_not_served' ? { facts: { country: refusal.country } } : {}),
    ...(refusal.code === 'wrong_code' && refusal.guessesLeft !== undefined
      ? { facts: { guesses_left: refusal.guessesLeft } }
      : {}),
  });
}
