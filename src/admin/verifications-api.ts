import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { type KeyActor, keyLimitName } from '../api-keys/find-key-actor.ts';
import { named, ref } from '../http/schema.ts';
import type { Request, RequestOf, Server } from '../http/server.ts';
import { limitedBy, networkGuesses, testNumberGuesses } from '../limits/rules.ts';
import { messageLanguageFor } from '../sign-in/message-language.ts';
import { type NumberNeeds, parseNumber } from '../sign-in/parse-number.ts';
import { type RequestCodeNeeds, requestCodeLimits } from '../sign-in/request-code.ts';
import type { CheckCodeNeeds } from '../sign-in/verify-code.ts';
import { checkVerification } from '../verifications/check-verification.ts';
import { findVerification } from '../verifications/find-verification.ts';
import { requestVerification } from '../verifications/request-verification.ts';
import { type Verification, type VerificationRefusal, verificationStatuses } from '../verifications/verification.ts';
import { actorOf } from './authenticate.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import { refuse, respond } from './respond.ts';
import { type AdminRefusal, type AdminResult, missingScope, notFound, success } from './result.ts';
import { type AdminCall, mount, readRoute, typed } from './routes-api.ts';
import { runLong } from './run-once.ts';
import { readProblems, strict, time, writeProblems } from './schema.ts';

/** The dependencies of verifications. */
export interface VerificationNeeds extends RequestCodeNeeds, CheckCodeNeeds, NumberNeeds {}

const tags = ['Verifications'];
const params = Type.Object({ id: Type.String({ maxLength: 64, description: '`id` of a verification' }) });
const channels = ['sms', 'telegram', 'whatsapp'] as const;
const clientIp = Type.Optional(
  Type.Union([Type.String({ format: 'ipv4' }), Type.String({ format: 'ipv6' })], {
    description:
      'The IP address of your user, for the allowance of a client network and for blocks. Without it the address of your ' +
      'server stands in, and all of your users share its allowance',
  }),
);

const verification = named(
  'Verification',
  Type.Object(
    {
      id: Type.String({ format: 'uuid' }),
      status: Type.Enum([...verificationStatuses]),
      to: Type.String({ description: 'E.164' }),
      channel: Type.Enum(channels, { description: 'How the code travels' }),
      created_at: time('When it began'),
      expires_at: time('When its code ends'),
    },
    { description: 'A verification of a number' },
  ),
);

const createVerification = {
  tags,
  summary: 'Send a code',
  description:
    'Sends a code to a number, known here or not. While the verification is pending, the same number gets the same code ' +
    'again, under the same `id`. A response 429 says when to ask again.',
  operationId: 'createVerification',
  body: strict(
    {
      to: Type.String({ minLength: 1, maxLength: 100, description: 'International, in any spelling' }),
      channel: Type.Optional(
        Type.Enum(['auto', ...channels], { description: 'A wish: of no effect if no route of the operator has it' }),
      ),
      locale: Type.Optional(
        Type.String({
          maxLength: 35,
          description: 'BCP 47. Without it, or for a language that there is not, that of the country',
        }),
      ),
      client_ip: clientIp,
    },
    { examples: [{ to: '+79161234567', locale: 'ru', client_ip: '203.0.113.7' }] },
  ),
  response: {
    201: Type.Object(
      {
        ...verification.properties,
        next_channel: Type.Enum(channels, { description: 'How it travels where it is asked for again' }),
        resend_in: Type.Integer({ description: 'Seconds until it can be sent again' }),
        code_length: Type.Integer({ minimum: 4, maximum: 8, description: 'Digits of the code' }),
      },
      { description: 'The code is on its way' },
    ),
    ...writeProblems(),
  },
} satisfies FastifySchema;

const checkVerificationCode = {
  tags,
  summary: 'Check a code',
  description:
    'Approves the verification if the code is right, once. A wrong code is counted: five end the verification.',
  operationId: 'checkVerification',
  params,
  body: strict(
    {
      code: Type.String({ minLength: 1, maxLength: 1000, description: 'As your user entered it' }),
      client_ip: clientIp,
    },
    { examples: [{ code: '012345' }] },
  ),
  response: { 200: ref(verification, 'Approved'), ...writeProblems(404) },
} satisfies FastifySchema;

const getVerification = {
  tags,
  summary: 'A verification',
  description: 'Its state can be read for a day.',
  operationId: 'getVerification',
  params,
  querystring: strict({}),
  response: { 200: ref(verification, 'The verification'), ...readProblems(404) },
} satisfies FastifySchema;

/** The calls for applications with users of their own: send a code, check it, read the state. */
export function verificationsApi(server: Server, needs: VerificationNeeds): void {
  server.addSchema(verification);
  const { limits } = requestCodeLimits(needs);
  messageRoute(server, needs, '/v1/verifications', limits, { schema: createVerification, run: create });
  const guessLimits = limitedBy(networkGuesses, testNumberGuesses).limits;
  messageRoute(server, needs, '/v1/verifications/:id/check', guessLimits, {
    schema: checkVerificationCode,
    run: check,
  });
  readRoute(server, needs, '/v1/verifications/:id', {
    act: 'verify_numbers',
    schema: getVerification,
    run: async (needs, actor, { params: { id } }) => {
      const found = await findVerification(needs, actor, { id });
      return found.ok ? success(verificationJson(found.verification)) : refusedVerification(found);
    },
  });
}

/**
 * Mounts a call that sends a message or counts a guess. Each of its steps commits by itself, since a message or a guess is
 * not taken back; a retry with the same idempotency key gets the result of the first request.
 */
function messageRoute<const S extends FastifySchema>(
  server: Server,
  needs: VerificationNeeds,
  url: string,
  limits: readonly string[],
  { schema, run }: AdminCall<VerificationNeeds, S>,
): void {
  const config = { limits: [keyLimitName, ...limits], isWrite: true as const, act: 'verify_numbers' as const };
  mount(server, { method: 'POST', url, schema, config }, async (request, reply) => {
    const idempotencyKey = parseIdempotencyKey(request);
    if (idempotencyKey === undefined) return refuse(request, reply, { ok: false, code: 'idempotency_key_needed' });
    const actor = actorOf(request);
    const { params, body } = request;
    const identity = { apiKeyId: actor.id, idempotencyKey, request: ['POST', url, params, body] };
    const result = await runLong(needs.db, identity, () => run(needs, actor, typed<S>(request)));
    return reply.sent ? reply : respond(request, reply, result);
  });
}

async function create(
  needs: VerificationNeeds,
  actor: KeyActor,
  request: RequestOf<typeof createVerification>,
): Promise<AdminResult> {
  const number = parseNumber(needs, request.body.to, undefined);
  if (!number.ok) return { ok: false, code: 'verification_refused', refusal: number };
  const { phoneNumber } = number;
  const language = messageLanguageFor(request.body.locale, phoneNumber, request.server.defaultLocale);
  const requested = await requestVerification(needs, actor, {
    phoneNumber,
    language,
    clientIp: ipOf(request),
    channel: request.body.channel,
  });
  if (!requested.ok) return refusedVerification(requested);
  const { id, channel, nextChannel, codeLength, now, expiresAt, resendIn } = requested;
  return success(
    {
      id,
      status: 'pending',
      to: phoneNumber,
      channel,
      created_at: now,
      expires_at: expiresAt,
      next_channel: nextChannel,
      resend_in: resendIn,
      code_length: codeLength,
    },
    201,
  );
}

async function check(
  needs: VerificationNeeds,
  actor: KeyActor,
  request: RequestOf<typeof checkVerificationCode>,
): Promise<AdminResult> {
  const { code } = request.body;
  const client = { ip: ipOf(request), userAgent: undefined };
  const checked = await checkVerification(needs, actor, { key: { id: request.params.id }, code, client });
  return checked.ok ? success(verificationJson(checked.verification)) : refusedVerification(checked);
}

function ipOf(request: Pick<Request, 'ip'> & { readonly body: { readonly client_ip?: string } }): string {
  return request.body.client_ip ?? request.ip;
}

function refusedVerification(refusal: VerificationRefusal): AdminRefusal {
  if ('act' in refusal) return missingScope(refusal);
  return refusal.code === 'verification_unknown' ? notFound : { ok: false, code: 'verification_refused', refusal };
}

function verificationJson({ id, status, phone_number: to, channel, created_at, expires_at }: Verification) {
  return { id, status, to, channel, created_at, expires_at };
}
