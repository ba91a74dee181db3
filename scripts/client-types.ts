// Writes packages/client/src/api-types.ts from the OpenAPI document: npm run docs
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { buildApp } from '../src/app.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

/** The OpenAPI document as far as types are made from it. */
export interface TypedDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The types of the API, as the text of their file. Throws at a schema that has no type here. */
export function clientTypesText({ paths, components }: TypedDocument): string {
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `${comment(schema, '')}export interface ${name} ${membersOf(schema, '')}\n`,
  );
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, call]) => `  '${method.toUpperCase()} ${path}': ${callType(call)};\n`),
  );
  const table = `/** The calls of the API: what each takes and returns. */\nexport interface Calls {\n${calls.join('')}}\n`;
  return [
    '// Made from the OpenAPI document by `npm run docs`. A test makes it again and compares.\n',
    ...schemas,
    table,
  ].join('\n');
}

function callType({ requestBody, responses }: Operation): string {
  const best = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
  return `{ body: ${bodyType(requestBody)}; result: ${bodyType(best)} }`;
}

function bodyType(body: Content | undefined): string {
  const schema = body?.content?.['application/json']?.schema;
  return schema ? typeOf(schema, '') : 'undefined';
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.replace(/^.*\//, '');
  if (schema.enum) return schema.enum.map((value) => `'${value}'`).join(' | ');
  if (schema.anyOf) return schema.anyOf.map((one) => typeOf(one, indent)).join(' | ');
  if (schema.type === 'array' && schema.items) return `readonly ${typeOf(schema.items, indent)}[]`;
  if (schema.type === 'object') return membersOf(schema, indent);
  const simple = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };
  const found = Object.entries(simple).find(([type]) => type === schema.type)?.[1];
  if (found === undefined) throw new Error(`no type for ${JSON.stringify(schema)}`);
  return found;
}

function membersOf({ properties = {}, required = [] }: Schema, indent: string): string {
  const inner = `${indent}  `;
  const members = Object.entries(properties).map(([name, schema]) => {
    const optional = required.includes(name) ? '' : '?';
    return `${comment(schema, inner)}${inner}readonly ${name}${optional}: ${typeOf(schema, inner)};\n`;
  });
  return `{\n${members.join('')}${indent}}`;
}

function comment({ description }: Schema, indent: string): string {
  return description === undefined ? '' : `${indent}/** ${description}. */\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  // the document depends on the routes alone, so nothing else has to be opened
  const server = await buildApp({ publicUrl: 'http://localhost', defaultLocale: 'ru', trustProxy: false } as never);
  writeFileSync('packages/client/src/api-types.ts', clientTypesText(server.swagger() as unknown as TypedDocument));
  await server.close();
}
