import swagger from '@fastify/swagger';
import type { Server } from './server.ts';
import { documentationSources, protectiveHeaders } from './shield.ts';

/** Makes the OpenAPI 3.1 document of the routes that come after, from the schemas that validate them. */
export async function describeApi(server: Server): Promise<void> {
  await server.register(swagger, {
    hideUntagged: true,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Vouch',
        version: '0.1.0',
        description:
          'Phone sign-in with invites. A trailing slash is optional everywhere. Every error has the form of the contract ' +
          'and of RFC 9457 at once; texts follow `Accept-Language` (ru, en).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
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
  const headers = await protectiveHeaders(server.publicUrl, documentationSources);
  let document: Buffer | undefined;
  server.get('/openapi.json', (_request, reply) => {
    document ??= Buffer.from(JSON.stringify({ ...server.swagger(), servers: [{ url: server.publicUrl }] }));
    return reply.type('application/json; charset=utf-8').send(document);
  });
  server.get('/redoc/', (_request, reply) => reply.headers(headers).type('text/html; charset=utf-8').send(page));
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vouch API</title>
<style>body { margin: 0 }</style>
<link rel="icon" href="/assets/icon.svg">
</head>
<body>
<redoc spec-url="/openapi.json"></redoc>
<script src="/assets/redoc-2.5.4/redoc.standalone.js"></script>
</body>
</html>
`;
