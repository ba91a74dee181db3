import Type from 'typebox';
import { toClient } from '../http/client.ts';
import { sendPage } from '../http/pages.tsx';
import { explainRefusal } from '../http/refusal.ts';
import type { Reply, Server } from '../http/server.ts';
import { isRecord } from '../kit/record.ts';
import { limitedBy, networkGuesses, testNumberGuesses } from '../limits/rules.ts';
import { newChallengeToken } from '../sign-in/challenge-token.ts';
import { deviceCookie } from '../sign-in/cookies.ts';
import { signInRefusals } from '../sign-in/messages.ts';
import { requestCodeLimits } from '../sign-in/request-code.ts';
import { requestCodeByPage } from '../sign-in/request-code-by-page.ts';
import type { ActForm } from './act-form.ts';
import { pendingOperator } from './cookies.ts';
import { ContinueView, FreshCodeView } from './fresh-code-view.tsx';
import { confirmOperator } from './sign-in.ts';
import { type ConsoleSignInNeeds, devMessage } from './sign-in-pages.tsx';
import { asOperator, type Visit } from './visit.ts';

const act = Type.String({ maxLength: 8000 });
const code = Type.Optional(Type.String({ maxLength: 200 }));

/** The pages of a fresh code: they send it to the operator's own number, and lead on to the act that waited. */
export function freshCodePages(server: Server, needs: ConsoleSignInNeeds): void {
  server.post(
    '/fresh/',
    { schema: { body: Type.Object({ act }) }, config: requestCodeLimits(needs) },
    (request, reply) =>
      asOperator(needs, request, reply, (visit) => sendFreshCode(needs, visit, parseForm(request.body.act))),
  );

  server.post(
    '/fresh/code/',
    { schema: { body: Type.Object({ act, sms_code: code }) }, config: limitedBy(networkGuesses, testNumberGuesses) },
    (request, reply) =>
      asOperator(needs, request, reply, (visit) =>
        enterFreshCode(needs, visit, parseForm(request.body.act), request.body.sms_code ?? ''),
      ),
  );
}

async function sendFreshCode(needs: ConsoleSignInNeeds, visit: Visit, form: ActForm): Promise<Reply> {
  const { request, reply, phoneNumber } = visit;
  const challengeToken = pendingOperator.read(request, needs)?.challengeToken ?? newChallengeToken();
  const result = await requestCodeByPage(request, needs, { phoneNumber, challengeToken, invite: undefined });
  if (!result.ok) {
    const { sentence, status } = explainRefusal(request, reply, signInRefusals, result.refusal);
    // the code before may still be on its way
    return sendPage(reply, <FreshCodeView visit={visit} form={form} isSent error={sentence} />, status);
  }
  pendingOperator.write(reply, result.pending);
  const message = await devMessage(request, needs, phoneNumber);
  return sendPage(reply, <FreshCodeView visit={visit} form={form} isSent devMessage={message} />);
}

async function enterFreshCode(needs: ConsoleSignInNeeds, visit: Visit, form: ActForm, entered: string): Promise<Reply> {
  const { request, reply, phoneNumber, words } = visit;
  const challengeToken = pendingOperator.read(request, needs)?.challengeToken;
  const show = (error: string, status: number) =>
    sendPage(reply, <FreshCodeView visit={visit} form={form} isSent error={error} />, status);
  if (entered.trim() === '') return show(words.form.required, 400);
  const input = { phoneNumber, code: entered, challengeToken, deviceToken: deviceCookie.read(request) };
  const confirmed = await confirmOperator(needs, { ...input, client: toClient(request) }, visit.secretHash);
  if (confirmed.ok) {
    pendingOperator.clear(reply);
    return sendPage(reply, <ContinueView visit={visit} form={form} />);
  }
  if (confirmed.code === 'no_operator') return show(words.refusals.not_operator, 403);
  const { sentence, status } = explainRefusal(request, reply, signInRefusals, confirmed);
  return show(sentence, status);
}

/** The act that a form carries; a changed one equals another form, so only its shape matters, and that it stays with us. */
function parseForm(text: string): ActForm {
  const read = parseJson(text);
  const { path, back, fields } = isRecord(read) ? read : {};
  return {
    path: isOwnPath(path) ? path : '/',
    back: isOwnPath(back) ? back : '/',
    fields: isRecord(fields)
      ? Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))
      : {},
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isOwnPath(text: unknown): text is string {
  return typeof text === 'string' && /^\/(?:[a-z0-9-]+\/)*(?:\?[\w=&%.-]*)?$/.test(text);
}
