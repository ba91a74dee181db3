import assert from 'node:assert/strict';
import type { Server } from '../../src/http/server.ts';
import type { Answer } from './harness.ts';

/** A call of the OpenAPI document, with an example of each thing that it takes. */
export interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown> | undefined;
  readonly params: Record<string, unknown>;
  readonly query: Record<string, unknown>;
  readonly headers: Record<string, unknown>;
}

interface Described {
  parameters?: { name: string; in: 'path' | 'query' | 'header' }[];
  requestBody?: { content: Record<string, { schema: { $ref: string } }> };
}

/** All calls that the document describes. */
export function operationsOf(server: Server): Operation[] {
  const { paths, components } = server.swagger() as unknown as {
    paths: Record<string, Record<string, Described>>;
    components: { schemas: Record<string, { properties: Record<string, { examples?: unknown[] }> }> };
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => {
      const named = (where: string) =>
        Object.fromEntries(
          (described.parameters ?? []).filter((one) => one.in === where).map(({ name }) => [name, 'x']),
        );
      const body = described.requestBody?.content['application/json']?.schema;
      const members = body && components.schemas[body.$ref.split('/').at(-1)!]!.properties;
      return {
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        body:
          members &&
          Object.fromEntries(Object.entries(members).map(([name, { examples }]) => [name, examples?.[0] ?? 'x'])),
        params: named('path'),
        query: named('query'),
        headers: named('header'),
      };
    }),
  );
}

/** Fails where a refusal is not in the form of all errors: the contract's and RFC 9457 at once. */
export function assertRefused(answer: Pick<Answer, 'statusCode' | 'headers' | 'body'>, what: string): void {
  assert.match(String(answer.headers['content-type']), /^application\/(problem\+)?json/, what);
  const { type, title, status, detail, code, instance } = JSON.parse(answer.body);
  assert.equal(status, answer.statusCode, what);
  for (const text of [title, detail, instance])
    assert.ok(typeof text === 'string' && text !== '', `${what}: ${answer.body}`);
  assert.match(code, /^[a-z_]+$/, what);
  assert.ok(type.endsWith(`/problems/${code}`), what);
}

const deep = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

/** Values that have broken somebody's service before. */
export const hostileValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  1e21,
  123456,
  [],
  [[]],
  {},
  [null],
  ['x'],
  { x: {} },
  { length: 1 },
  deep(100),
  '',
  ' ',
  '0',
  'null',
  'undefined',
  'true',
  'NaN',
  '\0',
  'a\0b',
  '\u0001',
  '\n',
  '\t',
  '\u007f',
  '\u0085',
  '\u2028',
  '\u202e',
  '\ufeff',
  '\ud800',
  '\udc00x',
  '\u{1f600}',
  'é'.normalize('NFD'),
  'ﬁ',
  'İ',
  '\u0300'.repeat(500),
  'x'.repeat(151),
  'x'.repeat(15_000),
  '9'.repeat(10_000),
  '9'.repeat(300),
  `+${'7'.repeat(16)}`,
  '+7916123456７',
  'tel:+79161234567;ext=1',
  '+7 (916) 123-45-67',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '../../etc/passwd',
  '..',
  '%',
  '%00',
  '%zz',
  '/',
  '\\',
  '?',
  '#',
  '&',
  ';',
  ',',
  "' or 1=1 --",
  '"; drop table account; --',
  '$1',
  '{{7*7}}',
  '<script>alert(1)</script>',
  'javascript:alert(1)',
  'a@b',
  `${'a'.repeat(240)}@example.com`,
  'a@b.c\r\nBcc: d@e.f',
  'RU',
  'ru',
  'XX',
  '001',
  'AC',
  '00000000-0000-0000-0000-000000000000',
  '234567',
  'https://vouch.example/i/234567',
  'vouch_',
  `vouch_${'A'.repeat(70)}`,
  `vouchd_${'A'.repeat(54)}`,
  Buffer.from('99999999999999999.00000000-0000-0000-0000-000000000000').toString('base64url'),
  Buffer.from('1.00000000-0000-0000-0000-000000000000').toString('base64url'),
];

/** Bodies that are no object of ours, or hardly one. */
export const hostileBodies: readonly (string | Buffer)[] = [
  '',
  ' ',
  '{',
  '}',
  '[]',
  '[{}]',
  'null',
  'true',
  '0',
  '1e999',
  '"x"',
  "{'a':1}",
  '{"a":1,}',
  '{"a":1}{"a":1}',
  '{"a":NaN}',
  '{}//',
  '\ufeff{}',
  '\0',
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"phone_number":"+79161234567","__proto__":null}',
  '{"phone_number":"1","phone_number":{}}',
  '{"phone_number":1e999,"sms_code":1e999}',
  '{"sms_code":-0}',
  '{"username":"\\ud800"}',
  '{"invite_code":"\\u0000"}',
  `{"x":${'['.repeat(7000)}${']'.repeat(7000)}}`,
  `{${'"a":{'.repeat(2000)}${'}'.repeat(2000)}}`,
  '['.repeat(16_000),
  'x'.repeat(20_000),
  `{"x":"${'x'.repeat(16_400)}"}`,
  `{"phone_number":${'9'.repeat(10_000)}}`,
  `{"sms_code":${'9'.repeat(400)}}`,
  Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
  Buffer.from([0xc3, 0x28]),
  Buffer.from('{"username":"\xff"}', 'latin1'),
  Buffer.from('{"phone_number":"\xed\xa0\x80"}', 'latin1'),
  Buffer.from('{}', 'utf16le'),
  Buffer.from([0x1f, 0x8b, 8, 0]),
];

/** Content types, all but a few of them none that we take. */
export const hostileTypes: readonly string[] = [
  'application/json',
  'Application/JSON',
  'application/json; charset=utf-8',
  'application/json;charset=koi8-r',
  'application/json ; x=y',
  'application/json\t',
  'application/json\t;charset=utf-8',
  ' application/json',
  '\tapplication/json',
  'application/json x',
  'application/json,text/plain',
  'application/json;',
  'application/json; ;',
  'application/ json',
  'application /json',
  'application/jsonx',
  'xapplication/json',
  'application/problem+json',
  'application/vnd.api+json',
  'text/json',
  'text/plain',
  'text/html',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  '*/*',
  '/',
  ';',
  'application',
  'application/',
  'json',
  'null',
  '__proto__',
  'constructor',
  'x'.repeat(5000),
];
