import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import accepts from '@fastify/accepts';
import cookie from '@fastify/cookie';
import fastify, { type LightMyRequestResponse } from 'fastify';
import { type Language, languages } from '../kit/language.ts';
import type { Log } from '../kit/log.ts';
import { random } from '../kit/random.ts';
import { sendFailure } from './faults.ts';
import { acceptsPage, sendFailurePage } from './pages.tsx';
import type { Server } from './server.ts';
import { shield } from './shield.ts';

/** Answers what we have no time for. */
export interface Refusals {
  /** Answers 503 with the problem or the page `overloaded`, at next to no cost. */
  send(request: IncomingMessage, response: ServerResponse): void;
  /** Writes the line that is due to the log. */
  close(): void;
}

const forms = { json: 'application/json', problem: 'application/problem+json', page: 'text/html' };
type Form = keyof typeof forms;
type Written = Record<Form, Record<Language, { head: string[]; body: string }>>;

const idToBe = '00000000-0000-4000-8000-000000000000';
const toldEveryMs = 1000;

/**
 * Writes all refusals beforehand, by the code that writes every other answer. Each second has an id of its own: it is the
 * `instance` of all that are refused in it, and of the one line of the log that counts them.
 */
export async function writeRefusals(server: Server, log: Log, facts: () => object): Promise<Refusals> {
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
      // the port may have become known after these were written
      const text = body.replaceAll(idToBe, id).replaceAll(`${builtFor}/`, `${server.publicUrl}/`);
      return { head: headOf({ ...headers, 'content-length': Buffer.byteLength(text) }), body: text };
    });
  };
  return {
    send(request, response) {
      written ??= write();
      refused += 1;
      const { headers, method, url = '/' } = request;
      const form = acceptsPage(url, headers.accept)
        ? 'page'
        : headers.accept?.includes(forms.problem)
          ? 'problem'
          : 'json';
      const { head, body } = written[form][languageIn(headers, server.defaultLanguage)];
      response.writeHead(503, head).end(method === 'HEAD' ? undefined : body);
    },
    close: tell,
  };
}

/** What our own doors would answer, in each form and language. */
async function answers({ publicUrl, defaultLanguage }: Server) {
  const door = fastify({ genReqId: () => idToBe }) as unknown as Server;
  door.decorate('publicUrl', publicUrl);
  door.decorate('defaultLanguage', defaultLanguage);
  await shield(door);
  await door.register(accepts);
  await door.register(cookie);
  door.get('/', (request, reply) => sendFailure(request, reply, { code: 'overloaded' }));
  door.get('/page', (request, reply) => sendFailurePage(request, reply, { code: 'overloaded' }));
  const given = await Promise.all(
    languages.flatMap((language) =>
      (Object.keys(forms) as Form[]).map(async (form) => {
        const headers = { accept: forms[form], 'accept-language': language };
        return [form, language, await door.inject({ url: form === 'page' ? '/page' : '/', headers })] as const;
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

function headOf(headers: object): string[] {
  return Object.entries(headers)
    .filter(([name]) => name !== 'connection' && name !== 'date')
    .flat()
    .map(String);
}

/** As `languageOf` would tell, for a request that no plugin has seen. */
function languageIn(headers: IncomingHttpHeaders, usual: Language): Language {
  const chosen = headers.cookie && /(?:^|; ?)(?:__Host-)?language=(\w+)/.exec(headers.cookie)?.[1];
  const wanted = headers['accept-language'];
  return languages.find((one) => one === chosen) ?? (wanted ? ranked(wanted) : undefined) ?? usual;
}

const remembered = new Map<string, Language | undefined>();

function ranked(header: string): Language | undefined {
  if (!remembered.has(header)) {
    if (remembered.size >= 500) remembered.clear();
    remembered.set(header, rank(header));
  }
  return remembered.get(header);
}

function rank(header: string): Language | undefined {
  const wishes = header.split(',').map((wish) => {
    const [tag = '', ...rest] = wish.trim().split(/\s*;\s*/);
    const weight = /^q=([\d.]+)$/.exec(rest[0] ?? 'q=1')?.[1];
    return { language: languages.find((one) => tag.toLowerCase().split('-')[0] === one), weight: Number(weight ?? 0) };
  });
  const known = wishes.filter(({ language, weight }) => language && weight > 0);
  return known.toSorted((one, other) => other.weight - one.weight)[0]?.language;
}
