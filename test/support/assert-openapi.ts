import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { LightMyRequestResponse } from 'fastify';
import type { Server } from '../../src/http/server.ts';

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

/** The document as far as tests read it. */
export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
const validators = new WeakMap<object, ReturnType<typeof ajv.compile>>();

/** Fails where an answer of a documented path is not as the OpenAPI document says: status, media type, body. */
export function assertMatchesOpenApi(
  server: Server,
  method: string,
  url: string,
  answer: LightMyRequestResponse,
): void {
  assertMatchesDocument(server.swagger() as unknown as Document, method, url, answer);
}

/** The same for any document. */
export function assertMatchesDocument(
  document: Document,
  method: string,
  url: string,
  answer: LightMyRequestResponse,
): void {
  const path = url.split('?')[0]!;
  const operations = Object.entries(document.paths).find(([template]) => matches(template, path))?.[1];
  const operation = operations?.[method.toLowerCase()];
  if (!operation) return;
  const described = operation.responses[answer.statusCode];
  const where = `${method} ${path} ${answer.statusCode}`;
  assert.ok(described, `${where} is not in the document: ${answer.body}`);
  if (answer.statusCode === 204) {
    assert.equal(answer.body, '', where);
    return;
  }
  const type = String(answer.headers['content-type']).split(';')[0]!;
  const schema = described.content?.[type]?.schema;
  assert.ok(schema, `${where} answers ${type}, which is not in the document`);
  if (!/^application\/(?:problem\+)?json$/.test(type)) return;
  const validate = validators.get(schema) ?? ajv.compile({ ...schema, components: closed(document) });
  validators.set(schema, validate);
  assert.ok(validate(answer.json()), `${where}: ${ajv.errorsText(validate.errors)} in ${answer.body}`);
}

/** The schemas, of which none takes a member that the document does not name. */
function closed({ components }: Document): object {
  const schemas = Object.entries(components.schemas).map(([name, schema]) => [
    name,
    { additionalProperties: false, ...schema },
  ]);
  return { schemas: Object.fromEntries(schemas) };
}

function matches(template: string, path: string): boolean {
  const pattern = template.replace(/\/$/, '').replace(/\{[^}]+\}/g, '[^/]+');
  return new RegExp(`^${pattern}/?$`).test(path);
}
