// Writes docs/vouch.postman_collection.json from the OpenAPI document: npm run docs
import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { buildApp } from '../src/app.ts';

interface Described {
  operationId: string;
  summary: string;
  description?: string;
  security?: unknown[];
  requestBody?: object;
  responses: Record<string, unknown>;
}

/** The OpenAPI document as far as the collection is made from it. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

/** One request of the collection: a call of the document, with what to send, and what to keep of the answer. */
interface Step {
  readonly call: string;
  readonly body?: object;
  /** Whose token goes with it, where the call wants one. */
  readonly as?: 'token' | 'friendToken';
  /** Where it is not what the call answers at its best. */
  readonly status?: number;
  /** Before and after, in the language of Postman: `answer` is its body. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

const newNumber = (name: string) =>
  `pm.collectionVariables.set('${name}', '+7916' + String(Math.floor(Math.random() * 1e7)).padStart(7, '0'));`;
const keep = (name: string, value: string) => `pm.collectionVariables.set('${name}', ${value});`;
const is = (value: string, expected: string) =>
  `pm.test(\`${value} is \${${expected}}\`, () => pm.expect(${value}).to.eql(${expected}));`;
const variable = (name: string) => `pm.collectionVariables.get('${name}')`;

const inbox = (phone: string) => ({ inboxOf: phone });

/** The main job in its order, after a friend has signed up whose code can be redeemed. */
const folders: readonly { name: string; steps: readonly (Step | { inboxOf: string })[] }[] = [
  {
    name: 'A friend who invites',
    steps: [
      { call: 'requestSms', body: { phone_number: '{{friendPhone}}' }, before: [newNumber('friendPhone')] },
      inbox('friendPhone'),
      {
        call: 'verifySms',
        body: { phone_number: '{{friendPhone}}', sms_code: '{{code}}' },
        after: [keep('friendToken', 'answer.token')],
      },
      { call: 'getProfile', as: 'friendToken', after: [keep('inviteCode', 'answer.referal_code')] },
    ],
  },
  {
    name: 'Signing in',
    steps: [
      {
        call: 'requestSms',
        body: { phone_number: '{{phone}}' },
        before: [newNumber('phone')],
        after: [is('answer.phone_number', variable('phone'))],
      },
      inbox('phone'),
      {
        call: 'verifySms',
        body: { phone_number: '{{phone}}', sms_code: '{{code}}' },
        after: [keep('token', 'answer.token'), is('answer.created', 'true')],
      },
    ],
  },
  {
    name: 'Profile and invites',
    steps: [
      { call: 'getProfile', after: [is('answer.phone_number', variable('phone')), is('answer.invite_code', 'null')] },
      {
        call: 'editProfile',
        body: { first_name: 'Анна', last_name: 'Каренина' },
        after: [is('answer.first_name', "'Анна'")],
      },
      { call: 'lookUpInvite', after: [is('answer.invite_code', variable('inviteCode'))] },
      {
        call: 'redeemInviteCode',
        body: { invite_code: '{{inviteCode}}' },
        after: [is('answer.invite_code', variable('inviteCode'))],
      },
      { call: 'listInvited', as: 'friendToken', after: [is('answer.invited[0]', variable('phone'))] },
    ],
  },
  {
    name: 'Sessions and leaving',
    steps: [
      {
        call: 'listSessions',
        after: [keep('sessionId', 'answer.sessions[0].id'), is('answer.sessions[0].current', 'true')],
      },
      { call: 'getSession', after: [is('answer.id', variable('sessionId'))] },
      { call: 'endSession', as: 'friendToken', status: 404 },
      { call: 'endOtherSessions' },
      { call: 'logout' },
      { call: 'getProfile', status: 401 },
      { call: 'eraseAccount', as: 'friendToken' },
    ],
  },
];

/** The collection, in the format 2.1 of Postman, as the text of its file. Throws where a step names no call. */
export function collectionText(document: ApiDocument): string {
  const collection = {
    info: {
      name: document.info.title,
      description: document.info.description,
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    variable: Object.entries({
      baseUrl: 'http://127.0.0.1:8000',
      phone: '',
      inbox: '',
      code: '',
      token: '',
      inviteCode: '',
      sessionId: '',
      friendPhone: '',
      friendToken: '',
    }).map(([key, value]) => ({ key, value })),
    item: folders.map(({ name, steps }) => ({
      name,
      item: steps.map((step) => ('inboxOf' in step ? readInbox(step.inboxOf) : request(document, step))),
    })),
  };
  return `${JSON.stringify(collection, null, 2)}\n`;
}

function request(document: ApiDocument, step: Step): object {
  const { method, path, described } = callOf(document, step.call);
  const best = Object.keys(described.responses).find((status) => status.startsWith('2'));
  const status = step.status ?? Number(best);
  const after = step.after ? ['const answer = pm.response.json();', ...step.after] : [];
  const header = [
    ...(step.body ? [{ key: 'Content-Type', value: 'application/json' }] : []),
    ...(described.security?.length ? [{ key: 'Authorization', value: `Token {{${step.as ?? 'token'}}}` }] : []),
  ];
  return {
    name: described.summary,
    event: [
      ...(step.before ? [script('prerequest', step.before)] : []),
      script('test', [`pm.test('answers ${status}', () => pm.response.to.have.status(${status}));`, ...after]),
    ],
    request: {
      method: method.toUpperCase(),
      header,
      ...(step.body ? { body: { mode: 'raw', raw: JSON.stringify(step.body, null, 2) } } : {}),
      url: `{{baseUrl}}${path.replace('{id}', '{{sessionId}}').replace('{code}', '{{inviteCode}}')}`,
      ...(described.description ? { description: described.description } : {}),
    },
  };
}

function readInbox(phone: string): object {
  return {
    name: 'Read the code in the development inbox',
    event: [
      // a plus sign in a query means a space
      script('prerequest', [keep('inbox', `encodeURIComponent(${variable(phone)})`)]),
      script('test', [
        "pm.test('answers 200', () => pm.response.to.have.status(200));",
        keep('code', 'pm.response.json().messages[0].code'),
      ]),
    ],
    request: {
      method: 'GET',
      header: [],
      url: '{{baseUrl}}/dev/inbox.json?phone={{inbox}}',
    },
  };
}

function callOf({ paths }: ApiDocument, id: string): { method: string; path: string; described: Described } {
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, described] of Object.entries(methods)) {
      if (described.operationId === id) return { method, path, described };
    }
  }
  throw new Error(`the document has no call ${id}`);
}

function script(listen: 'prerequest' | 'test', exec: readonly string[]): object {
  return { listen, script: { type: 'text/javascript', exec } };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  // the document depends on the routes alone, so nothing else has to be opened
  const server = await buildApp({ publicUrl: 'http://localhost', defaultLocale: 'ru', trustProxy: false } as never);
  mkdirSync('docs', { recursive: true });
  writeFileSync('docs/vouch.postman_collection.json', collectionText(server.swagger() as unknown as ApiDocument));
  await server.close();
}
