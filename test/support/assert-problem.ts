import assert from 'node:assert/strict';
import type { Document } from './assert-openapi.ts';
import type { Answer, TestApp } from './harness.ts';

/** Every call that the OpenAPI document has, with an id where its address has one. */
export function describedCalls(app: TestApp): { method: string; url: string; hasBody: boolean }[] {
  const document = app.server.swagger() as unknown as Document;
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      url: path.replace('{code}', 'BCDFGH').replace(/\{[^}]+\}/g, '00000000-0000-4000-8000-000000000000'),
      hasBody: 'requestBody' in operation,
    })),
  );
}

/** Fails where an answer is not this problem, in the form of RFC 9457. */
export function assertProblem(answer: Answer, status: number, code: string): void {
  const { data } = answer;
  const where = `${answer.raw.req.method} ${answer.raw.req.url}: ${answer.body}`.slice(0, 1000);
  assert.equal(answer.statusCode, status, where);
  assert.equal(data.status, status, where);
  assert.equal(data.code, code, where);
  assert.equal(data.type, `https://vouch.example/problems/${code}`);
  assert.match(data.instance, /^[0-9a-f-]{36}$/);
  for (const member of ['title', 'detail']) assert.ok(data[member].length > 3, where);
  assert.equal(answer.headers['cache-control'], 'no-store');
}
