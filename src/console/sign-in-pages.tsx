import Type from 'typebox';
import { toClient } from '../http/client.ts';
import { isLocalRequest } from '../http/local-request.ts';
import { sendPage } from '../http/pages.tsx';
import { explainRefusal } from '../http/refusal.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { formatPhoneNumber } from '../kit/phone-number.ts';
import { withName } from '../kit/token-prefix.ts';
import { limitedBy, networkGuesses, testNumberGuesses } from '../limits/rules.ts';
import { keepDeviceTokens } from '../sessions/trusted-device.ts';
import { newChallengeToken } from '../sign-in/challenge-token.ts';
import { deviceCookie } from '../sign-in/cookies.ts';
import { signInRefusals } from '../sign-in/messages.ts';
import { type NumberNeeds, parseNumber } from '../sign-in/parse-number.ts';
import type { PendingSignIn } from '../sign-in/pending-sign-in.ts';
import { type RequestCodeNeeds, requestCodeLimits } from '../sign-in/request-code.ts';
import { requestCodeByPage } from '../sign-in/request-code-by-page.ts';
import type { CheckCodeNeeds } from '../sign-in/verify-code.ts';
import type { Inbox } from '../sms/inbox.ts';
import { signInByLink } from '../team/links.ts';
import { hashOfOperatorToken } from '../team/operator-token.ts';
import { endOperatorSession } from '../team/store.ts';
import { operatorCookie, pendingOperator } from './cookies.ts';
import { signInOperator } from './sign-in.ts';
import { CodeView, LinkView, NumberView } from './sign-in-view.tsx';
import { toReader, type VisitNeeds } from './visit.ts';

/** The dependencies of signing in to the console. */
export interface ConsoleSignInNeeds extends RequestCodeNeeds, CheckCodeNeeds, NumberNeeds, VisitNeeds {
  readonly inbox: Inbox | undefined;
  readonly devInbox?: 'loopback' | 'network';
}

const text = Type.Optional(Type.String({ maxLength: 400 }));

/** The pages of signing in to the console by a code: the same limits and answers for operators and for all others. */
export function consoleSignInPages(server: Server, needs: ConsoleSignInNeeds): void {
  server.get('/sign-in/', async (request, reply) => {
    return sendPage(reply, <NumberView reader={toReader(request, needs)} />);
  });

  server.post(
    '/sign-in/',
    { schema: { body: Type.Object({ phone_number: text }) }, config: requestCodeLimits(needs) },
    (request, reply) => enterNumber(request, reply, needs, request.body.phone_number ?? ''),
  );

  server.get('/sign-in/code/', async (request, reply) => {
    const pending = pendingOperator.read(request, needs);
    return pending ? sendCode(request, reply, needs, pending) : reply.redirect(`${needs.base}/sign-in/`, 303);
  });

  server.post('/sign-in/again/', { config: requestCodeLimits(needs) }, async (request, reply) => {
    const pending = pendingOperator.read(request, needs);
    return pending ? askForCode(request, reply, needs, pending) : reply.redirect(`${needs.base}/sign-in/`, 303);
  });

  server.post(
    '/sign-in/code/',
    { schema: { body: Type.Object({ sms_code: text }) }, config: limitedBy(networkGuesses, testNumberGuesses) },
    (request, reply) => enterCode(request, reply, needs, request.body.sms_code ?? ''),
  );
}

/** The pages of a link, and the end of a session. */
export function consoleLinkPages(server: Server, needs: ConsoleSignInNeeds): void {
  server.get(
    '/link/:token',
    { schema: { params: Type.Object({ token: Type.String({ maxLength: 100 }) }) } },
    async (request, reply) =>
      sendPage(reply, <LinkView reader={toReader(request, needs)} token={request.params.token} />),
  );

  server.post('/link/', { schema: { body: Type.Object({ token: text }) } }, async (request, reply) => {
    const token = await signInByLink(needs, toClient(request), withName(request.body.token ?? ''));
    const reader = toReader(request, needs);
    if (token === undefined)
      return sendPage(reply, <LinkView reader={reader} token="" error={reader.words.signIn.linkBroken} />, 400);
    operatorCookie.write(reply, token);
    return reply.redirect(`${needs.base}/`, 303);
  });

  server.post('/sign-out/', async (request, reply) => {
    const hash = hashOfOperatorToken(operatorCookie.read(request));
    if (hash) await endOperatorSession(needs, toClient(request), hash);
    operatorCookie.clear(reply);
    reply.header('clear-site-data', '"cache"');
    const reader = toReader(request, needs);
    return sendPage(reply, <NumberView reader={reader} notice={reader.words.signIn.signedOut} />);
  });
}

async function enterNumber(request: Request, reply: Reply, needs: ConsoleSignInNeeds, typed: string): Promise<Reply> {
  const number = parseNumber(needs, typed, undefined);
  if (!number.ok) {
    const { sentence, status } = explainRefusal(request, reply, signInRefusals, number);
    return sendPage(reply, <NumberView reader={toReader(request, needs)} value={typed} error={sentence} />, status);
  }
  const before = pendingOperator.read(request, needs);
  const challengeToken = before?.challengeToken ?? newChallengeToken();
  return askForCode(request, reply, needs, { phoneNumber: number.phoneNumber, challengeToken, invite: undefined });
}

/** Requests a code, or leads to the code that is under way. */
async function askForCode(
  request: Request,
  reply: Reply,
  needs: ConsoleSignInNeeds,
  asked: Pick<PendingSignIn, 'phoneNumber' | 'challengeToken' | 'invite'>,
): Promise<Reply> {
  const result = await requestCodeByPage(request, needs, asked);
  if (result.ok) {
    pendingOperator.write(reply, result.pending);
    return reply.redirect(`${needs.base}/sign-in/code/`, 303);
  }
  const { sentence, status } = explainRefusal(request, reply, signInRefusals, result.refusal);
  const value = formatPhoneNumber(asked.phoneNumber);
  return sendPage(reply, <NumberView reader={toReader(request, needs)} value={value} error={sentence} />, status);
}

async function sendCode(
  request: Request,
  reply: Reply,
  needs: ConsoleSignInNeeds,
  { phoneNumber }: PendingSignIn,
  shown: { readonly error?: string } = {},
  status = 200,
): Promise<Reply> {
  return sendPage(
    reply,
    <CodeView
      reader={toReader(request, needs)}
      number={formatPhoneNumber(phoneNumber)}
      devMessage={await devMessage(request, needs, phoneNumber)}
      {...shown}
    />,
    status,
  );
}

/** The newest message of the development inbox to a number, for browsers that may read it. */
export async function devMessage(
  request: Request,
  { inbox, devInbox }: Pick<ConsoleSignInNeeds, 'inbox' | 'devInbox'>,
  phoneNumber: PendingSignIn['phoneNumber'],
): Promise<string | undefined> {
  const isShown = inbox && (devInbox === 'network' || isLocalRequest(request.raw));
  const [message] = (isShown && (await inbox.messages(phoneNumber))) || [];
  return message?.text;
}

async function enterCode(request: Request, reply: Reply, needs: ConsoleSignInNeeds, code: string): Promise<Reply> {
  const pending = pendingOperator.read(request, needs);
  if (!pending) return reply.redirect(`${needs.base}/sign-in/`, 303);
  const reader = toReader(request, needs);
  if (code.trim() === '') return sendCode(request, reply, needs, pending, { error: reader.words.form.required }, 400);
  const { phoneNumber, challengeToken } = pending;
  const deviceToken = deviceCookie.read(request);
  const input = { phoneNumber, code, challengeToken, deviceToken, client: toClient(request) };
  const signedIn = await signInOperator(needs, input);
  if (signedIn.ok) {
    operatorCookie.write(reply, signedIn.token);
    deviceCookie.write(reply, keepDeviceTokens(deviceToken, signedIn.deviceToken));
    pendingOperator.clear(reply);
    return reply.redirect(`${needs.base}/`, 303);
  }
  if (signedIn.code === 'no_operator') {
    pendingOperator.clear(reply);
    return sendPage(reply, <NumberView reader={reader} error={reader.words.signIn.noOperator} />, 403);
  }
  const { sentence, status } = explainRefusal(request, reply, signInRefusals, signedIn);
  return sendCode(request, reply, needs, pending, { error: sentence }, status);
}
