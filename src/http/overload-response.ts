import type { IncomingMessage, ServerResponse } from 'node:http';
import fastify, { type LightMyRequestResponse } from 'fastify';
import { type Language, languages } from '../kit/language.ts';
import type { Log } from '../kit/log.ts';
import { random } from '../kit/random.ts';
import { sendFailure } from './errors.ts';
import { languageOf } from './language.ts';
import { type Fields, fieldToBe, readForm, withFields } from './overload-form.tsx';
import { acceptsPage, sendFailurePage } from './pages.tsx';
import { shield } from './security-headers.ts';
import type { Reply, Request, Server } from './server.ts';

/** Answers requests above the concurrency limit. */
export interface Refusals {
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
type Written = Record<Form, Record<Language, { head: string[]; whole: string; body: string }>>;

const idToBe = '00000000-0000-4000-8000-000000000000';
const toldEveryMs = 1000;

/**
 * Renders all overload responses in advance, by the code that renders every other response. Each second has an id of
 * its own: it is the `instance` of all requests refused in that second, and of the one log line that counts them.
 */
export async function writeRefusals(
  server: Server,
  log: Log,
  facts: () => object,
  onRefusal: () => void,
): Promise<Refusals> {
  const patterns = await answers(server);
  const builtFor = server.publicUrl;
  let written: Written | undefined;
  let id = '';
  let refused = 0;

  const tell = () => {
    if (refused > 0) log.warn({ reqId: id, refused, ...facts() }, 'overloaded: requests were refused');
    refused = 0;
    written = undefined;
  };
  const write = () => {
    id = random.id();
    setTimeout(tell, toldEveryMs).unref();
    return inAll((form, language) => {
      const { headers, body } = patterns[form][language];
      // the port may have become known after the rendering
      const text = body.replaceAll(idToBe, id).replaceAll(`${builtFor}/`, `${server.publicUrl}/`);
      return rendered({ ...headers, 'content-length': String(Buffer.byteLength(text)) }, text);
    });
  };
  return {
    send(request, response) {
      written ??= write();
      refused += 1;
      onRefusal();
      const { headers, method, url = '/' } = request;
      const language = languageOf({ headers, server });
      if (!acceptsPage(url, headers.accept)) {
        const form = headers.accept?.includes(forms.problem.headers.accept) ? 'problem' : 'json';
        return answer(method, response, written[form][language]);
      }
      if (method !== 'POST') return answer(method, response, written.page[language]);
      const { form, lost } = written;
      readForm(request, server, (fields) => {
        if (fields) answerForm(response, form[language], fields);
        else answer(method, response, lost[language]);
      });
    },
    close: tell,
  };
}

/** Returns the responses of our own error handlers, in each form and language. */
async function answers({ publicUrl, defaultLocale }: Server) {
  const door = fastify({ genReqId: () => idToBe }) as unknown as Server;
  door.decorate('publicUrl', publicUrl);
  door.decorate('defaultLocale', defaultLocale);
  await shield(door);
  door.get('/', (request, reply) => sendFailure(request, reply, { code: 'overloaded' }));
  const refuse = (request: Request, reply: Reply) => sendFailurePage(request, reply, { code: 'overloaded' });
  door.get('/page', refuse).post('/page', refuse);
  door.post('/form', (request, reply) => refuse(Object.assign(request, { body: { [fieldToBe]: '' } }), reply));
  const given = await Promise.all(
    languages.flatMap((language) =>
      (Object.keys(forms) as Form[]).map(async (form) => {
        const { headers, ...asked } = forms[form];
        const answer = await door.inject({ ...asked, headers: { ...headers, 'accept-language': language } });
        return [form, language, answer] as const;
      }),
    ),
  );
  await door.close();
  return inAll((form, language): LightMyRequestResponse => {
    return given.find((one) => one[0] === form && one[1] === language)![2];
  });
}

function inAll<T>(make: (form: Form, language: Language) => T): Record<Form, Record<Language, T>> {
  const each = (form: Form) => Object.fromEntries(languages.map((language) => [language, make(form, language)]));
  return Object.fromEntries((Object.keys(forms) as Form[]).map((form) => [form, each(form)])) as never;
}

function rendered(headers: object, body: string): Written['json']['ru'] {
  const lines = Object.entries(headers).filter(([name]) => name !== 'connection' && name !== 'date');
  const head = lines.flat().map(String);
  const whole = `HTTP/1.1 503 Service Unavailable\r\n${lines.map((line) => `${line.join(': ')}\r\n`).join('')}`;
  // Node.js writes a head in latin1
  return { head, whole: `${whole}connection: keep-alive\r\n\r\n${Buffer.from(body).toString('latin1')}`, body };
}

/**
 * The common response is written as one string that Node.js neither builds nor parses. That saves a quarter of its
 * cost, and the cost of refusals is missing for serving.
 */
function answer(method: string | undefined, response: ServerResponse, { head, whole, body }: Written['json']['ru']) {
  if (method === 'HEAD' || !response.shouldKeepAlive) return void response.writeHead(503, head).end(body);
  response.statusCode = 503;
  Object.assign(response, { _header: whole, _hasBody: false });
  response.end();
}

/** Sends the page with the submitted fields, to be submitted again. */
function answerForm(response: ServerResponse, { head, body }: Written['form']['ru'], fields: Fields): void {
  const text = withFields(body, fields);
  const length = head.indexOf('content-length') + 1;
  response.writeHead(503, head.with(length, String(Buffer.byteLength(text)))).end(text);
}
