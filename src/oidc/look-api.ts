import Type from 'typebox';
import { colorSheet, colorSheetFolder } from '../brand/color-sheet.ts';
import { isReadable } from '../brand/contrast.ts';
import { sendHttpProblem } from '../http/errors.ts';
import type { Server } from '../http/server.ts';
import { type ClientNeeds, findClient, findClientLogo } from './find-client.ts';
import { logoFolder } from './look.ts';

const params = Type.Object({ file: Type.String({ maxLength: 80 }) });
const querystring = Type.Object({ v: Type.Optional(Type.String({ maxLength: 40 })) });
const forEver = 'public, max-age=31536000, immutable';

/** The files of the look of apps: pages have no style in them, and a browser asks no server of others for a logo. */
export function lookApi(server: Server, needs: Omit<ClientNeeds, 'keys'>): void {
  server.get(`${colorSheetFolder}/:file`, { schema: { hide: true, params } }, async (request, reply) => {
    const [, digits] = /^([\da-f]{6})\.css$/.exec(request.params.file) ?? [];
    if (digits === undefined || !isReadable(`#${digits}`))
      return sendHttpProblem(request, reply, { code: 'not_found' });
    return reply
      .header('cache-control', forEver)
      .type('text/css; charset=utf-8')
      .send(colorSheet(`#${digits}`).text);
  });

  server.get(`${logoFolder}/:file`, { schema: { hide: true, params, querystring } }, async (request, reply) => {
    const [, id = ''] = /^([\w.-]{1,64})\.(?:png|webp)$/.exec(request.params.file) ?? [];
    const logo = (await findClient(needs, id))?.client.logo;
    const content = logo && (await findClientLogo(needs, id));
    if (!content) return sendHttpProblem(request, reply, { code: 'not_found' });
    // an earlier picture is not kept under the URL of another one
    if (request.query.v === logo.hash) reply.header('cache-control', forEver);
    return reply.header('content-security-policy', "default-src 'none';sandbox").type(logo.type).send(content);
  });
}
