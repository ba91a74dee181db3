import swagger from '@fastify/swagger';
import Type from 'typebox';
import { redocPage, withUsedSchemas } from '../http/documentation.ts';
import { named } from '../http/schema.ts';
import { documentationSources, securityHeaders } from '../http/security-headers.ts';
import type { Server } from '../http/server.ts';
import { version } from '../kit/version.ts';
import { type Act, acts, scopes } from '../operators/act.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The OpenAPI document of the management API. */
    adminDocument: () => object;
  }
}

const description = `Everything that an operator does, for programs. Each call needs an API key, \`Authorization: Bearer …\`, which an
operator issues on the command line, and the scope that its description names.

Each call that writes needs \`Idempotency-Key\`, such as a UUID in quotation marks: new for each act, the same for its
retries. The act runs once, and its result is returned again for 24 hours. While the first request runs, a second one
gets 409; another request with the same key gets 422. The act and its result are one transaction, so that a crash leaves
both or neither.

Errors are problems by RFC 9457. An unknown field or parameter is refused by its name. Lists have \`next\`, the value of
\`after\` for the next page, and the header \`Link\`.`;

/** Builds the OpenAPI 3.1 document of the calls that follow in this encapsulated part of the server. */
export async function describeAdminApi(server: Server, problemCodes: readonly string[]): Promise<void> {
  server.addSchema(adminProblemSchema(problemCodes));
  await server.register(swagger, {
    decorator: 'adminDocument',
    hideUntagged: true,
    transform: ({ schema, url, route }) => ({ url, schema: documented(schema ?? {}, route.config ?? {}) }),
    transformObject: (document) => ('openapiObject' in document ? withUsedSchemas(document.openapiObject) : {}),
    refResolver: { buildLocalReference: (schema, _base, _fragment, index) => String(schema.$id ?? `def-${index}`) },
    openapi: {
      openapi: '3.1.0',
      info: {
        title: `${server.branding.brand.name}: management API`,
        version,
        description,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        contact: { name: 'The operator of this installation' },
      },
      tags: [
        { name: 'Key', description: 'The API key of the request.' },
        { name: 'Users', description: 'People, their sessions and what happened to them.' },
        { name: 'Messages', description: 'Messages with codes, by country, provider, state and time.' },
        { name: 'Invites', description: 'The invite tree, and closing a code.' },
        { name: 'Blocks', description: 'Blocked numbers, prefixes, countries, networks and accounts.' },
        {
          name: 'Verifications',
          description: 'Codes for applications with users of their own. They make no account and no session.',
        },
        { name: 'Events', description: 'The feed of events, and the webhooks that get them.' },
        { name: 'Imports and exports', description: 'Bringing people from another system, and taking them along.' },
      ],
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: `An API key. Scopes: ${scopes.join(', ')}` },
        },
      },
    },
  });
}

/** `/admin/openapi.json`, and `/admin/redoc/` that shows it; both are public, as they name nobody. */
export async function adminDocumentation(server: Server, readDocument: () => object): Promise<void> {
  const headers = await securityHeaders(server.publicUrl, documentationSources);
  let document: Buffer | undefined;
  server.get('/admin/openapi.json', { schema: { hide: true } }, (_request, reply) => {
    document ??= Buffer.from(JSON.stringify({ ...readDocument(), servers: [{ url: server.publicUrl }] }));
    return reply.type('application/json; charset=utf-8').send(document);
  });
  const { brand, files } = server.branding;
  const page = redocPage(`${brand.name}: management API`, files.icon.url, '/admin/openapi.json');
  server.get('/admin/redoc/', { schema: { hide: true } }, (_request, reply) =>
    reply.headers(headers).type('text/html; charset=utf-8').send(page),
  );
}

const idempotencyHeader = Type.Object({
  'Idempotency-Key': Type.String({
    maxLength: 255,
    description: 'New for each act, the same for its retries (draft-ietf-httpapi-idempotency-key-header)',
    examples: ['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
  }),
});

/** A schema with the scope and the header that follow from the configuration of its route. */
function documented<S extends { description?: string }>(
  schema: S,
  { act, orAct, isWrite }: { act?: Act; orAct?: Act; isWrite?: true },
) {
  const needed = [act, orAct].flatMap((one) => (one && acts[one].scope) ?? []);
  const right =
    needed.length > 0
      ? `Needs the scope ${needed.map((scope) => `\`${scope}\``).join(' or ')}.`
      : 'Every key may call it.';
  return {
    ...schema,
    description: schema.description ? `${schema.description} ${right}` : right,
    security: needed.length > 0 ? needed.map((scope) => ({ key: [scope] })) : [{ key: [] }],
    ...(isWrite && { headers: idempotencyHeader }),
  };
}

/** Every error of the management API. */
function adminProblemSchema(codes: readonly string[]) {
  return named(
    'AdminProblem',
    Type.Object(
      {
        type: Type.String({ format: 'uri', description: 'A page that explains this kind of problem' }),
        title: Type.String({ description: 'The kind of problem, in the language of the reader' }),
        status: Type.Integer({ minimum: 400, maximum: 599 }),
        detail: Type.String({ description: 'What happened this time, in the language of the reader' }),
        code: Type.Enum([...codes], { description: 'The kind of problem, for programs. It does not change' }),
        instance: Type.String({ description: 'The id of the request, which the log has too' }),
        scope: Type.Optional(
          Type.Union([Type.String({ description: 'The scope that the key lacks' }), Type.Array(Type.String())], {
            description: 'The scope that the key lacks, or the sentences about the field `scope`',
          }),
        ),
        country: Type.Optional(
          Type.Union([Type.String(), Type.Array(Type.String())], {
            description:
              'The country of a number to which no codes are sent, or why the field of this name was refused',
          }),
        ),
        guesses_left: Type.Optional(
          Type.Integer({ minimum: 0, maximum: 3, description: 'Guesses that this code still allows' }),
        ),
        verification_status: Type.Optional(
          Type.Enum(['approved', 'canceled', 'expired', 'used_up'], { description: 'Why a verification has ended' }),
        ),
      },
      {
        additionalProperties: Type.Array(Type.String(), { description: 'Why the field of this name was refused' }),
        description: 'An error by RFC 9457',
      },
    ),
  );
}
