import formbody from '@fastify/formbody';
import type { FastifyError } from 'fastify';
import type { VNode } from 'preact';
import type { Language } from '../kit/language.ts';
import { isRecord } from '../kit/record.ts';
import { bodyLimit, missingIsEmpty } from './body.ts';
import { type HttpProblem, retrySeconds, toProblem } from './errors.ts';
import { languageOf } from './language.ts';
import { renderPage } from './layout.tsx';
import { generalProblems } from './messages.ts';
import { pageMessages } from './page-messages.ts';
import { setRetryAfter } from './problem.ts';
import { ErrorView, type Repeatable } from './problem-view.tsx';
import { isSameOrigin } from './same-origin.ts';
import type { Reply, Request, Server } from './server.ts';

/** Answers with a page. */
export function sendPage(reply: Reply, page: VNode, status = 200): Reply {
  const { branding, publicUrl } = reply.server;
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(renderPage(page, { ...branding, publicUrl, app: reply.appLook }));
}

/** Sets up what every page route shares: form bodies, no form from another site, and failures as pages. */
export async function acceptForms(server: Server): Promise<void> {
  server.removeAllContentTypeParsers();
  await server.register(formbody, { bodyLimit });
  server.addHook('onRequest', async (request, reply) => {
    if (request.method === 'POST' && !isSameOrigin(request))
      return sendProblemPage(request, reply, { code: 'cross_site' });
  });
  missingIsEmpty(server);
  server.setErrorHandler((error: FastifyError, request, reply) =>
    sendProblemPage(request, reply, toProblem(error, request)),
  );
}

/** Sends a failure as a page. */
export function sendProblemPage(request: Request, reply: Reply, failure: HttpProblem): Reply {
  const retry = retrySeconds[failure.code];
  if (retry !== undefined) setRetryAfter(reply, retry);
  const language = languageOf(request);
  const kind = generalProblems[failure.code];
  const isOurs = kind.status >= 500;
  const { title, text } = sentencesFor(failure, language);
  return sendPage(
    reply,
    <ErrorView
      language={language}
      status={kind.status}
      code={failure.code}
      title={title}
      text={text}
      requestId={request.id}
      repeat={isOurs ? repeatable(request) : undefined}
    />,
    kind.status,
  );
}

/** The sentences of a failure for a person, who has no use for the terms of HTTP. */
function sentencesFor({ code }: HttpProblem, language: Language): { title: string; text: string } {
  const words = pageMessages[language];
  if (generalProblems[code].status >= 500) return { title: words.brokenTitle, text: words.brokenText };
  if (code === 'not_found' || code === 'uri_too_long') return { title: words.notFoundTitle, text: words.notFoundText };
  return { title: words.refusedTitle, text: words.refusedText };
}

/** The fields to submit again; undefined if the body was not read. */
function repeatable({ method, body }: Request): Repeatable | undefined {
  if (method === 'GET' || method === 'HEAD') return 'get';
  if (method !== 'POST' || !isRecord(body)) return undefined;
  return Object.entries(body).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, String(value)] as const),
  );
}

/** Whether the request comes from a browser, and not from a client of the API. */
export function wantsPage(request: Request): boolean {
  return acceptsPage(request.url, request.headers.accept);
}

/** Whether a request for this URL with this `Accept` comes from a browser. */
export function acceptsPage(url: string, accept: string | undefined): boolean {
  return !/^\/(?:api|admin|v[12])\//.test(url) && (accept?.includes('text/html') ?? false);
}
