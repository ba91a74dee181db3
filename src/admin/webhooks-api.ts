import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { ref } from '../http/schema.ts';
import type { Server } from '../http/server.ts';
import type { WebhookRefusal } from '../webhooks/endpoint.ts';
import {
  addWebhook,
  changeWebhook,
  deleteWebhook,
  listWebhooks,
  replayWebhook,
  rotateWebhookSecret,
  sendTestWebhook,
  type WebhookNeeds,
} from '../webhooks/manage-webhooks.ts';
import { listWebhookAttempts, readWebhookEvents } from '../webhooks/webhook-history.ts';
import { type AdminRefusal, missingScope, notFound, success } from './result.ts';
import { readRoute, writeRoute } from './routes-api.ts';
import { pageInput, pageOf, pageParameters, readProblems, strict, writeProblems } from './schema.ts';
import { webhook, webhookAttempt, webhookEvent, webhookFields } from './webhooks-schema.ts';

const tags = ['Events'];
const params = Type.Object({ id: Type.String({ maxLength: 64, description: '`id` of an endpoint' }) });
const secret = Type.String({ description: 'Signs the events (Standard Webhooks). It is shown once' });
const { url, description, events, with_numbers } = webhookFields;

const listEndpoints = {
  tags,
  summary: 'Endpoints of webhooks',
  operationId: 'listWebhooks',
  querystring: strict({}),
  response: {
    200: Type.Object({ items: Type.Array(ref(webhook)) }, { description: 'All endpoints' }),
    ...readProblems(),
  },
} satisfies FastifySchema;

const createEndpoint = {
  tags,
  summary: 'Add an endpoint',
  operationId: 'createWebhook',
  body: strict(
    { url, events, description: Type.Optional(description), with_numbers: Type.Optional(with_numbers) },
    { examples: [{ url: 'https://example.com/hooks', events: ['user.created'] }] },
  ),
  response: {
    201: Type.Object({ id: Type.String(), secret }, { description: 'Added' }),
    ...writeProblems(),
  },
} satisfies FastifySchema;

const changeEndpoint = {
  tags,
  summary: 'Change an endpoint',
  description: 'Values that are left out stay. An endpoint that is enabled again gets the events that it missed.',
  operationId: 'changeWebhook',
  params,
  body: strict({
    url: Type.Optional(url),
    events: Type.Optional(events),
    description: Type.Optional(description),
    with_numbers: Type.Optional(with_numbers),
    is_enabled: Type.Optional(Type.Boolean()),
  }),
  response: { 204: Type.Null({ description: 'Changed' }), ...writeProblems(404) },
} satisfies FastifySchema;

const deleteEndpoint = {
  tags,
  summary: 'Delete an endpoint',
  description: 'Its events go, too.',
  operationId: 'deleteWebhook',
  params,
  response: { 204: Type.Null({ description: 'Deleted' }), ...writeProblems(404) },
} satisfies FastifySchema;

const rotateSecret = {
  tags,
  summary: 'Give an endpoint a new secret',
  description: 'Events have two signatures for the overlap.',
  operationId: 'rotateWebhookSecret',
  params,
  body: strict({
    overlap_seconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_592_000, description: 'A day by default' })),
  }),
  response: { 200: Type.Object({ secret }, { description: 'Rotated' }), ...writeProblems(404) },
} satisfies FastifySchema;

const sendTest = {
  tags,
  summary: 'Send a test event',
  operationId: 'testWebhook',
  params,
  response: { 202: Type.Object({ seq: Type.Integer() }, { description: 'It will be sent' }), ...writeProblems(404) },
} satisfies FastifySchema;

const replay = {
  tags,
  summary: 'Send events again',
  description: 'Those after a number, up to another one, under their ids.',
  operationId: 'replayWebhook',
  params,
  body: strict({
    after: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    until: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  }),
  response: {
    202: Type.Object({ replayed: Type.Integer() }, { description: 'They will be sent' }),
    ...writeProblems(404),
  },
} satisfies FastifySchema;

const listEvents = {
  tags,
  summary: 'Events of an endpoint',
  description: 'In their order, without gaps. `after` is the number of the last event that was read.',
  operationId: 'listWebhookEvents',
  params,
  querystring: strict(pageParameters),
  response: { 200: pageOf(ref(webhookEvent), 'A page of events'), ...readProblems(404) },
} satisfies FastifySchema;

const listAttempts = {
  tags,
  summary: 'Attempts to send',
  description: 'Those of the newest events first.',
  operationId: 'listWebhookAttempts',
  params,
  querystring: strict(pageParameters),
  response: { 200: pageOf(ref(webhookAttempt), 'A page of attempts'), ...readProblems(404) },
} satisfies FastifySchema;

const path = '/admin/v1/webhooks';
const act = 'manage_webhooks';
const orAct = 'read_events';

/** The calls about webhooks and their events. */
export function webhooksApi(server: Server, needs: WebhookNeeds): void {
  for (const schema of [webhook, webhookEvent, webhookAttempt]) server.addSchema(schema);
  readRoutes(server, needs);
  endpointRoutes(server, needs);
  sendingRoutes(server, needs);
}

function readRoutes(server: Server, needs: WebhookNeeds): void {
  readRoute(server, needs, path, {
    act,
    orAct,
    schema: listEndpoints,
    run: async (needs, actor) => {
      const found = await listWebhooks(needs, actor);
      return found.ok ? success({ items: found.endpoints }) : refused(found);
    },
  });
  readRoute(server, needs, `${path}/:id/events`, {
    act: 'read_events',
    schema: listEvents,
    run: async (needs, actor, { params: { id }, query }) => {
      const found = await readWebhookEvents(needs, actor, { id, ...pageInput(query) });
      return found.ok ? { ...success({ items: found.items, next: found.next }), next: found.next } : refused(found);
    },
  });
  readRoute(server, needs, `${path}/:id/attempts`, {
    act,
    orAct,
    schema: listAttempts,
    run: async (needs, actor, { params: { id }, query }) => {
      const found = await listWebhookAttempts(needs, actor, { id, ...pageInput(query) });
      return found.ok ? { ...success({ items: found.items, next: found.next }), next: found.next } : refused(found);
    },
  });
}

function endpointRoutes(server: Server, needs: WebhookNeeds): void {
  writeRoute(server, needs, 'POST', path, {
    act,
    schema: createEndpoint,
    run: async (needs, actor, { body: { with_numbers: withNumbers = false, description = '', ...body } }) => {
      const added = await addWebhook(needs, actor, { ...body, description, withNumbers });
      return added.ok ? success({ id: added.id, secret: added.secret }, 201) : refused(added);
    },
  });
  writeRoute(server, needs, 'PATCH', `${path}/:id`, {
    act,
    schema: changeEndpoint,
    run: async (needs, actor, { params: { id }, body }) => {
      const { with_numbers: withNumbers, is_enabled: isEnabled, ...rest } = body;
      const change = { ...rest, ...(withNumbers === undefined ? {} : { withNumbers }), isEnabled };
      const changed = await changeWebhook(needs, actor, { id, ...change });
      return changed.ok ? success(null, 204) : refused(changed);
    },
  });
  writeRoute(server, needs, 'DELETE', `${path}/:id`, {
    act,
    schema: deleteEndpoint,
    run: async (needs, actor, { params: { id } }) => {
      const deleted = await deleteWebhook(needs, actor, { id });
      return deleted.ok ? success(null, 204) : refused(deleted);
    },
  });
}

const daySeconds = 86_400;

function sendingRoutes(server: Server, needs: WebhookNeeds): void {
  writeRoute(server, needs, 'POST', `${path}/:id/rotate`, {
    act,
    schema: rotateSecret,
    run: async (needs, actor, { params: { id }, body: { overlap_seconds: overlapSeconds = daySeconds } }) => {
      const rotated = await rotateWebhookSecret(needs, actor, { id, overlapSeconds });
      return rotated.ok ? success({ secret: rotated.secret }) : refused(rotated);
    },
  });
  writeRoute(server, needs, 'POST', `${path}/:id/test`, {
    act,
    schema: sendTest,
    run: async (needs, actor, { params: { id } }) => {
      const sent = await sendTestWebhook(needs, actor, { id });
      return sent.ok ? success({ seq: sent.seq }, 202) : refused(sent);
    },
  });
  writeRoute(server, needs, 'POST', `${path}/:id/replay`, {
    act,
    schema: replay,
    run: async (needs, actor, { params: { id }, body: { after, until } }) => {
      const replayed = await replayWebhook(needs, actor, { id, after, until });
      return replayed.ok ? success({ replayed: replayed.replayed }, 202) : refused(replayed);
    },
  });
}

function refused(refusal: { readonly ok: false } & WebhookRefusal): AdminRefusal {
  if ('act' in refusal) return missingScope(refusal);
  return refusal.code === 'webhook_unknown' ? notFound : refusal;
}
