import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { maxLogoLength } from '../brand/logo.ts';
import { bodyLimit } from '../http/body.ts';
import { ref } from '../http/schema.ts';
import type { Server } from '../http/server.ts';
import type { ListedClient } from '../oidc/client-store.ts';
import {
  addClient,
  type ClientActNeeds,
  type ClientRefusal,
  defaultOverlapSeconds,
  listClients,
  removeClient,
  rotateClient,
} from '../oidc/manage-clients.ts';
import { clientFields, oidcApp } from './clients-schema.ts';
import { type AdminRefusal, missingScope, notFound, success } from './result.ts';
import { readRoute, writeRoute } from './routes-api.ts';
import { readProblems, strict, writeProblems } from './schema.ts';

const tags = ['Apps'];
const params = Type.Object({ id: Type.String({ maxLength: 64, description: '`client_id` of an app' }) });
const secret = Type.String({ description: 'It is shown once' });
const maxLogoUrl = Math.ceil((maxLogoLength * 4) / 3) + 100;

const listApps = {
  tags,
  summary: 'Apps that sign people in',
  description: 'With those of CLIENTS_FILE, which are changed there alone.',
  operationId: 'listClients',
  querystring: strict({}),
  response: {
    200: Type.Object({ items: Type.Array(ref(oidcApp)) }, { description: 'All apps' }),
    ...readProblems(),
  },
} satisfies FastifySchema;

const createApp = {
  tags,
  summary: 'Register an app',
  description: 'The members have the names of RFC 7591.',
  operationId: 'createClient',
  body: strict(
    {
      client_id: Type.String({ maxLength: 64, description: 'Letters, digits, dots, hyphens, underscores' }),
      ...clientFields,
      logo_uri: Type.Optional(
        Type.String({ maxLength: maxLogoUrl, description: 'A PNG or WebP image as a data URL, of at most 64 KiB' }),
      ),
    },
    { examples: [{ client_id: 'shop', client_name: 'Shop', redirect_uris: ['https://shop.example/callback'] }] },
  ),
  response: {
    201: Type.Object(
      { client_id: Type.String(), client_secret: Type.Optional(secret) },
      { description: 'Registered. An app that has no secret gets none' },
    ),
    ...writeProblems(),
  },
} satisfies FastifySchema;

const rotateSecret = {
  tags,
  summary: 'Give an app a new secret',
  description: 'Both secrets are valid for the overlap.',
  operationId: 'rotateClientSecret',
  params,
  body: strict({
    overlap_seconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_592_000, description: 'A day by default' })),
  }),
  response: {
    200: Type.Object({ client_secret: secret }, { description: 'Rotated' }),
    ...writeProblems(404),
  },
} satisfies FastifySchema;

const deleteApp = {
  tags,
  summary: 'Remove an app',
  description: 'It gets no further tokens, and refreshes none.',
  operationId: 'deleteClient',
  params,
  response: { 204: Type.Null({ description: 'Removed' }), ...writeProblems(404) },
} satisfies FastifySchema;

const path = '/admin/v1/clients';
const act = 'manage_clients';

/** The calls about apps that sign people in by OpenID Connect. */
export function clientsApi(server: Server, needs: ClientActNeeds): void {
  server.addSchema(oidcApp);
  listRoutes(server, needs);
  changeRoutes(server, needs);
}

function listRoutes(server: Server, needs: ClientActNeeds): void {
  readRoute(server, needs, path, {
    act: 'read_clients',
    orAct: act,
    schema: listApps,
    run: async (needs, actor) => {
      const found = await listClients(needs, actor);
      return found.ok ? success({ items: found.clients.map(toJson) }) : refused(found);
    },
  });
}

function changeRoutes(server: Server, needs: ClientActNeeds): void {
  writeRoute(server, needs, 'POST', path, {
    act,
    schema: createApp,
    bodyLimit: maxLogoUrl + bodyLimit,
    run: async (needs, actor, { body }) => {
      const added = await addClient(needs, actor, body);
      if (!added.ok) return refused(added);
      return success({ client_id: added.id, ...(added.secret && { client_secret: added.secret }) }, 201);
    },
  });
  writeRoute(server, needs, 'POST', `${path}/:id/rotate`, {
    act,
    schema: rotateSecret,
    run: async (
      needs,
      actor,
      { params: { id }, body: { overlap_seconds: overlapSeconds = defaultOverlapSeconds } },
    ) => {
      const rotated = await rotateClient(needs, actor, { id, overlapSeconds });
      return rotated.ok ? success({ client_secret: rotated.secret }) : refused(rotated);
    },
  });
  writeRoute(server, needs, 'DELETE', `${path}/:id`, {
    act,
    schema: deleteApp,
    run: async (needs, actor, { params: { id } }) => {
      const removed = await removeClient(needs, actor, { id });
      return removed.ok ? success(null, 204) : refused(removed);
    },
  });
}

function toJson({ metadata: { logo, ...metadata }, id: _, ...row }: ListedClient) {
  return { ...metadata, ...row, has_logo: logo !== undefined, is_read_only: row.created_at === null };
}

function refused(refusal: ClientRefusal): AdminRefusal {
  if ('act' in refusal) return missingScope(refusal);
  return refusal.code === 'client_unknown' ? notFound : refusal;
}
