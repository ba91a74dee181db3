import type { IncomingMessage, ServerResponse } from 'node:http';
import fastify, { type LightMyRequestResponse } from 'fastify';
import { forEachLanguage, type Language, languages } from '../kit/language.ts';
import type { Log } from '../kit/log.ts';
import { present } from '../kit/present.ts';
import { random } from '../kit/random.ts';
import { originHeaders } from './cross-origin.ts';
import { sendHttpProblem } from './errors.ts';
import { languageOf } from './language.ts';
import { type Fields, fieldPlaceholder, readForm, withFields } from './overload-form.tsx';
import { acceptsPage, sendProblemPage } from './pages.tsx';
import { addSecurityHeaders } from './security-headers.ts';
import type { Reply, Request, Server } from './server.ts';

/** Answers requests above the concurrency limit. */
export interface OverloadResponder {
  /** Sends 503 with the problem or the page `overloaded`, at next to no cost. */
  send(request: IncomingMessage, response: ServerResponse): void;
  /** Writes the pending log line. */
  close(): void;
}

/** The requests that produce each form of the response. */
const forms = {
  json: { method: 'GET', url: '/', headers: { accept: 'application/json' } },
  problem: { method: 'GET', url: '/', headers: { accept: 'application/problem+json' } },
  /** A page to reload, a page whose form can be submitted again, and a page whose form cannot. */
  page: { method: 'GET', url: '/page', headers: {} },
  form: { method: 'POST', url: '/form', headers: {} },
  lost: { method: 'POST', url: '/page', headers: {} },
} as const;
type Form = keyof typeof forms;
type Rendered = Record<Form, Record<Language, { head: string[]; body: string }>>;

const idPlaceholder = '00000000-0000-4000-8000-000000000000';
const logIntervalMs = 1000;

/**
 * Renders all overload responses in advance, by the code that renders every other response. Each second has an id of
 * its own: it is the `instance` of all requests refused in that second, and of the one log line that counts them.
 */
export async function prerenderOverloadResponses(
  server: Server,
  log: Log,
  state: () => object,
  onRefusal: () => void,
): Promise<OverloadResponder> {
  const patterns = await renderResponses(server);
  const builtFor = server.publicUrl;
  let current: Rendered | undefined;
  let id = '';
  let refused = 0;

  const logRefusals = () => {
    if (refused > 0) log.warn({ reqId: id, refused, ...state() }, 'requests refused under overload');
    refused = 0;
    current = undefined;
  };
  const render = () => {
    id = random.id();
    setTimeout(logRefusals, logIntervalMs).unref();
    return forEachVariant((form, language) => {
      const { headers, body } = patterns[form][language];
      // the port may have become known after the rendering
      const text = body.replaceAll(idPlaceholder, id).replaceAll(`${builtFor}/`, `${server.publicUrl}/`);
      return toRendered({ ...headers, 'content-length': String(Buffer.byteLength(text)) }, text);
    });
  };
  return {
    send(request, response) {
      current ??= render();
      refused += 1;
      onRefusal();
      response.setHeaders(new Map(Object.entries(originHeaders(server.allowedOrigins, request))));
      answerIn(server, current, request, response);
    },
    close: logRefusals,
  };
}

/** Answers in the language and the form that the request accepts. */
function answerIn(server: Server, rendered: Rendered, request: IncomingMessage, response: ServerResponse): void {
  const { headers, method, url = '/' } = request;
  const language = languageOf({ headers, server });
  if (!acceptsPage(url, headers.accept)) {
    const form = headers.accept?.includes(forms.problem.headers.accept) ? 'problem' : 'json';
    answer(response, rendered[form][language]);
  } else if (method !== 'POST') {
    answer(response, rendered.page[language]);
  } else {
    const { form, lost } = rendered;
    readForm(request, server, (fields) => {
      if (fields) answerForm(response, form[language], fields);
      else answer(response, lost[language]);
    });
  }
}

/** Returns the responses of our own error handlers, in each form and language. */
async function renderResponses({ publicUrl, defaultLocale, branding }: Server) {
  const renderer = fastify({ genReqId: () => idPlaceholder }) as unknown as Server;
  renderer.decorate('publicUrl', publicUrl);
  renderer.decorate('defaultLocale', defaultLocale);
  renderer.decorate('branding', branding);
  await addSecurityHeaders(renderer);
  renderer.get('/', (request, reply) => sendHttpProblem(request, reply, { code: 'overloaded' }));
  const refuse = (request: Request, reply: Reply) => sendProblemPage(request, reply, { code: 'overloaded' });
  renderer.get('/page', refuse).post('/page', refuse);
  renderer.post('/form', (request, reply) =>
    refuse(Object.assign(request, { body: { [fieldPlaceholder]: '' } }), reply),
  );
  const responses = new Map<string, LightMyRequestResponse>();
  for (const language of languages) {
    for (const [form, { headers, ...request }] of Object.entries(forms)) {
      const response = await renderer.inject({ ...request, headers: { ...headers, 'accept-language': language } });
      responses.set(`${form} ${language}`, response);
    }
  }
  await renderer.close();
  return forEachVariant((form, language) => present(responses.get(`${form} ${language}`), `${form} in ${language}`));
}

function forEachVariant<T>(make: (form: Form, language: Language) => T): Record<Form, Record<Language, T>> {
  const inEachLanguage = (form: Form) => forEachLanguage((language) => make(form, language));
  return {
    json: inEachLanguage('json'),
    problem: inEachLanguage('problem'),
    page: inEachLanguage('page'),
    form: inEachLanguage('form'),
    lost: inEachLanguage('lost'),
  };
}

function toRendered(headers: object, body: string): Rendered['json']['ru'] {
  const lines = Object.entries(headers).filter(([name]) => name !== 'connection' && name !== 'date');
  return { head: lines.flat().map(String), body };
}

function answer(response: ServerResponse, { head, body }: Rendered['json']['ru']): void {
  response.writeHead(503, head).end(body);
}

/** Sends the page with the submitted fields, to be submitted again. */
function answerForm(response: ServerResponse, { head, body }: Rendered['form']['ru'], fields: Fields): void {
  const text = withFields(body, fields);
  const length = head.indexOf('content-length') + 1;
  response.writeHead(503, head.with(length, String(Buffer.byteLength(text)))).end(text);
}
