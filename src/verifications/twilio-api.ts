import type { FastifyError } from 'fastify';
import { findKeyActor, type KeyActor } from '../api-keys/find-key-actor.ts';
import { toProblem } from '../http/errors.ts';
import { generalProblems } from '../http/messages.ts';
import { setRetryAfter } from '../http/problem.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { recordOf } from '../kit/record.ts';
import { messageLanguageFor } from '../sign-in/message-language.ts';
import { type NumberNeeds, parseNumber } from '../sign-in/parse-number.ts';
import type { RequestCodeNeeds } from '../sign-in/request-code.ts';
import type { CheckCodeNeeds } from '../sign-in/verify-code.ts';
import { cancelVerification } from './cancel-verification.ts';
import { checkVerification } from './check-verification.ts';
import { findVerification, type VerificationKey } from './find-verification.ts';
import { requestVerification } from './request-verification.ts';
import { type TwilioError, twilioErrorByStatus, twilioErrorJson, twilioErrorOf } from './twilio-error.ts';
import { basicCredentials, clientIpIn, fieldsOf, keyOfSid, type TwilioFields, toTwilioJson } from './twilio-form.ts';
import type { Verification } from './verification.ts';

/** The dependencies of the door for clients of Twilio Verify. */
export interface TwilioNeeds extends RequestCodeNeeds, CheckCodeNeeds, NumberNeeds {}

/** An authenticated request with the fields of its form. */
interface Call {
  readonly actor: KeyActor;
  readonly fields: TwilioFields;
  readonly request: Request;
  readonly reply: Reply;
}

type Refusal = Parameters<typeof twilioErrorOf>[0];

/** Mounts the calls of Twilio Verify v2 that start, check, read and cancel a verification. */
export function twilioVerifyApi(server: Server, needs: TwilioNeeds): void {
  acceptOnlyForms(server);
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const { status } = generalProblems[toProblem(error, request).code];
    return sendError(reply, twilioErrorByStatus(status));
  });
  const mount = (method: 'GET' | 'POST', url: string, run: (needs: TwilioNeeds, call: Call) => Promise<Reply>) =>
    server.route({
      method,
      url: `/v2/Services/:service${url}`,
      schema: { hide: true },
      handler: async (request, reply) => {
        const found = await findKeyActor(needs.db, basicCredentials(request)?.password, request.ip);
        if (!found.ok) return refuse(reply, found);
        const service = parameter(request, 'service');
        if (!/^VA[0-9a-f]{32}$/i.test(service)) return refuse(reply, { ok: false, code: 'verification_unknown' });
        return run(needs, { actor: found.actor, fields: fieldsOf(request.body), request, reply });
      },
    });
  mount('POST', '/Verifications', start);
  mount('GET', '/Verifications/:sid', read);
  mount('POST', '/Verifications/:sid', update);
  mount('POST', '/VerificationCheck', check);
}

/** Parses forms, and nothing else. */
function acceptOnlyForms(server: Server): void {
  server.removeAllContentTypeParsers();
  const type = 'application/x-www-form-urlencoded';
  server.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) => done(null, body));
}

async function start(needs: TwilioNeeds, { actor, fields, request, reply }: Call): Promise<Reply> {
  const channel = fields.get('Channel');
  if (channel === undefined || !['sms', 'whatsapp', 'auto'].includes(channel)) return invalid(reply, 'Channel');
  if (fields.has('CustomCode')) return invalid(reply, 'CustomCode');
  const clientIp = clientIpIn(fields);
  if (clientIp === 'invalid') return invalid(reply, 'DeviceIp');
  const number = parseNumber(needs, fields.get('To') ?? '', undefined);
  if (!number.ok) return refuse(reply, number);
  const { phoneNumber } = number;
  const language = messageLanguageFor(fields.get('Locale'), phoneNumber, request.server.defaultLocale);
  const requested = await requestVerification(needs, actor, {
    phoneNumber,
    language,
    clientIp: clientIp ?? request.ip,
    channel,
  });
  if (!requested.ok) return refuse(reply, requested);
  const found = await findVerification(needs, actor, { id: requested.id });
  return found.ok ? send(request, reply.code(201), found.verification) : refuse(reply, found);
}

async function read(needs: TwilioNeeds, { actor, request, reply }: Call): Promise<Reply> {
  const key = keyOfRequest(needs, request);
  const found = key ? await findVerification(needs, actor, key) : unknown;
  return found.ok ? send(request, reply, found.verification) : refuse(reply, found);
}

async function update(needs: TwilioNeeds, { actor, fields, request, reply }: Call): Promise<Reply> {
  if (fields.get('Status') !== 'canceled') return invalid(reply, 'Status');
  const key = keyOfRequest(needs, request);
  const canceled = key ? await cancelVerification(needs, actor, key) : unknown;
  return canceled.ok ? send(request, reply, canceled.verification) : refuse(reply, canceled);
}

async function check(needs: TwilioNeeds, { actor, fields, request, reply }: Call): Promise<Reply> {
  const code = fields.get('Code');
  if (!code) return invalid(reply, 'Code');
  const sid = fields.get('VerificationSid') ?? fields.get('To');
  if (!sid) return invalid(reply, 'To');
  const key = keyOfSid(sid, (text) => parseNumber(needs, text, undefined));
  if (!key) return refuse(reply, unknown);
  const found = await findVerification(needs, actor, key);
  if (!found.ok) return refuse(reply, found);
  const { verification } = found;
  const client = { ip: request.ip, userAgent: undefined };
  const checked = await checkVerification(needs, actor, { key: { id: verification.id }, code, client });
  if (checked.ok) return send(request, reply, checked.verification);
  // the last wrong code is still answered with the state: the next check is refused
  return checked.code === 'wrong_code' ? send(request, reply, verification) : refuse(reply, checked);
}

const unknown = { ok: false, code: 'verification_unknown' } as const;

function keyOfRequest(needs: NumberNeeds, request: Request): VerificationKey | undefined {
  return keyOfSid(parameter(request, 'sid'), (text) => parseNumber(needs, text, undefined));
}

/** A parameter of the path. */
function parameter({ params }: Request, name: 'service' | 'sid'): string {
  return String(recordOf(params)[name]);
}

function send(request: Request, reply: Reply, verification: Verification): Reply {
  const service = parameter(request, 'service');
  const account = basicCredentials(request)?.username ?? '';
  const { publicUrl } = request.server;
  return reply.header('cache-control', 'no-store').send(toTwilioJson(verification, { service, account, publicUrl }));
}

function invalid(reply: Reply, name: string): Reply {
  return refuse(reply, { ok: false, code: 'invalid_parameter', name });
}

function refuse(reply: Reply, refusal: Refusal): Reply {
  if ('retryInSeconds' in refusal) setRetryAfter(reply, refusal.retryInSeconds);
  if (refusal.code === 'api_key_needed') reply.header('www-authenticate', 'Basic realm="verifications"');
  return sendError(reply, twilioErrorOf(refusal));
}

function sendError(reply: Reply, error: TwilioError): Reply {
  return reply.code(error.status).header('cache-control', 'no-store').send(twilioErrorJson(error));
}
