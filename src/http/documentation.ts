import swagger from '@fastify/swagger';
import { languages } from '../kit/language.ts';
import { version } from '../kit/version.ts';
import { problemSchema } from './schema.ts';
import { documentationSources, securityHeaders } from './security-headers.ts';
import type { Server } from './server.ts';

/** Builds the OpenAPI 3.1 document of the routes that follow, from the schemas that validate them. */
export async function describeApi(server: Server, problemCodes: readonly string[]): Promise<void> {
  server.addSchema(problemSchema(problemCodes));
  await server.register(swagger, {
    hideUntagged: true,
    // Clients are generated from paths as linters want them: without the slash that the earlier service has at the end
    // of some.
    transform: ({ schema, url }) => ({
      // the management API has a document of its own
      schema: /^\/(admin|v1)\//.test(url) ? { ...schema, hide: true } : schema,
      url: url.replace(/(?<=.)\/$/, ''),
    }),
    transformObject: (document) => ('openapiObject' in document ? withUsedSchemas(document.openapiObject) : {}),
    refResolver: { buildLocalReference: (schema, _base, _fragment, index) => String(schema.$id ?? `def-${index}`) },
    openapi: {
      openapi: '3.1.0',
      info: {
        title: server.branding.brand.name,
        version,
        description:
          'Phone sign-in with invites. A trailing slash is optional everywhere. Every error is a problem by RFC 9457 and has ' +
          'the members that clients of the earlier service read. Texts follow `Accept-Language` (' +
          `${languages.join(', ')}).`,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        contact: { name: 'The operator of this installation' },
      },
      tags: [
        { name: 'Sign-in', description: 'Asking for a one-time code, and entering it.' },
        { name: 'Profile', description: 'The account of the person who is signed in.' },
        { name: 'Invites', description: 'Redeeming the code of another person, and seeing who redeemed mine.' },
        { name: 'Sessions', description: 'Where a person is signed in, and ending it.' },
      ],
      components: {
        securitySchemes: {
          token: { type: 'apiKey', in: 'header', name: 'Authorization', description: '`Authorization: Token …`' },
          bearer: { type: 'http', scheme: 'bearer', description: '`Authorization: Bearer …`' },
        },
      },
    },
  });
}

/** `/openapi.json`, and `/redoc/` that shows it with the copy of Redoc in `public/`. */
export async function documentationPages(server: Server): Promise<void> {
  const headers = await securityHeaders(server.publicUrl, documentationSources);
  let document: Buffer | undefined;
  server.get('/openapi.json', (_request, reply) => {
    document ??= Buffer.from(
      JSON.stringify({
        ...server.swagger(),
        servers: [{ url: server.publicUrl }],
      }),
    );
    return reply.type('application/json; charset=utf-8').send(document);
  });
  const { brand, files } = server.branding;
  const page = redocPage(`${brand.name} API`, files.icon.url, '/openapi.json');
  server.get('/redoc/', (_request, reply) => reply.headers(headers).type('text/html; charset=utf-8').send(page));
}

/** A document without the schemas that nothing in it refers to: those of another document. */
export function withUsedSchemas<D extends { readonly paths?: object; components?: { schemas?: object } }>(
  document: D,
): D {
  const schemas = Object.entries(document.components?.schemas ?? {});
  const used = new Set<string>();
  const visit = (part: object) => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      const isNew = !used.has(name);
      used.add(name);
      const schema = isNew && schemas.find(([key]) => key === name)?.[1];
      if (schema) visit(schema);
    }
  };
  visit(document.paths ?? {});
  return {
    ...document,
    components: { ...document.components, schemas: Object.fromEntries(schemas.filter(([name]) => used.has(name))) },
  };
}

/** The page of Redoc for a document. */
export function redocPage(title: string, icon: string, document: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>body { margin: 0 }</style>
<link rel="icon" href="${icon}">
</head>
<body>
<redoc spec-url="${document}"></redoc>
<script src="/assets/redoc-2.5.4/redoc.standalone.js"></script>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
