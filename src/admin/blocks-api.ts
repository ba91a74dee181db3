import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { refuseAct } from '../audit/refuse-act.ts';
import { blockKinds } from '../blocks/block.ts';
import { addBlock, type BlockNeeds, findBlocks, findBlockTarget, removeBlock } from '../blocks/blocks.ts';
import type { BlockRow } from '../blocks/store.ts';
import { named, ref } from '../http/schema.ts';
import type { Server } from '../http/server.ts';
import { missingScope, notFound, refused, success } from './result.ts';
import { readRoute, writeRoute } from './routes-api.ts';
import {
  nullable,
  pageInput,
  pageOf,
  pageParameters,
  parseInstant,
  readProblems,
  strict,
  time,
  writeProblems,
} from './schema.ts';

const tags = ['Blocks'];
const kind = Type.Enum([...blockKinds], { description: 'What is blocked' });
const reason = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'For other operators; the audit trail has it',
});

const block = named(
  'Block',
  Type.Object(
    {
      id: Type.String({ format: 'uuid' }),
      kind,
      value: Type.String({
        description:
          'A number (E.164), the id of a user, first digits after a plus, a country (ISO 3166-1), a network (CIDR)',
      }),
      reason: Type.String(),
      created_by: Type.String({ description: 'The kind of the actor and their id' }),
      created_at: time('When it was made'),
      ends_at: nullable(time('When it ends')),
      refused_count: Type.Integer({ description: 'Requests that it refused; a lower bound under a flood' }),
      last_refused_at: nullable(time('When it refused a request last')),
    },
    { description: 'A block' },
  ),
);

const listBlocks = {
  tags,
  summary: 'Blocks',
  description: 'Newest first, with those that have ended.',
  operationId: 'listBlocks',
  querystring: strict({ kind: Type.Optional(kind), ...pageParameters }),
  response: { 200: pageOf(ref(block), 'A page of blocks'), ...readProblems() },
} satisfies FastifySchema;

const createBlock = {
  tags,
  summary: 'Block',
  description:
    'Blocks a number, a user, a prefix, a country or a client network. Sessions of a number and of a user end; once the ' +
    'response is there, no server lets one in.',
  operationId: 'createBlock',
  body: strict(
    {
      kind,
      value: Type.String({ minLength: 1, maxLength: 100, description: 'In any spelling' }),
      reason: Type.Optional(reason),
      ends_at: Type.Optional(time('Without it the block has no end')),
    },
    { examples: [{ kind: 'number', value: '+79161234567', reason: 'Fraud', ends_at: '2027-01-31T12:00:00Z' }] },
  ),
  response: {
    201: Type.Object(
      {
        kind,
        value: Type.String({ description: 'In its one spelling' }),
        is_new: Type.Boolean({ description: 'False if it replaced a block of the same value' }),
        ended_sessions: Type.Integer({ description: 'Sessions that it ended' }),
      },
      { description: 'Blocked' },
    ),
    ...writeProblems(),
  },
} satisfies FastifySchema;

const deleteBlock = {
  tags,
  summary: 'Unblock',
  description: 'Takes a block away.',
  operationId: 'deleteBlock',
  params: Type.Object({ id: Type.String({ description: '`id` of the list' }) }),
  querystring: strict({ reason: Type.Optional(reason) }),
  response: { 204: Type.Null({ description: 'Unblocked' }), ...writeProblems(404) },
} satisfies FastifySchema;

/** The calls about blocks. */
export function blocksApi(server: Server, needs: BlockNeeds): void {
  server.addSchema(block);
  readRoute(server, needs, '/admin/v1/blocks', {
    act: 'read_blocks',
    schema: listBlocks,
    run: async (needs, actor, { query }) => {
      const found = await findBlocks(needs, actor, { kind: query.kind, ...pageInput(query) });
      if (!found.ok) return refused(found);
      const { items, next } = found;
      return { ...success({ items: items.map(blockJson), next }), next };
    },
  });
  writeRoute(server, needs, 'POST', '/admin/v1/blocks', {
    act: 'block',
    schema: createBlock,
    run: async (needs, actor, { body }) => {
      const endsAt = body.ends_at === undefined ? undefined : parseInstant(body.ends_at);
      if (body.ends_at !== undefined && !endsAt) return { ok: false, code: 'time_malformed', field: 'ends_at' };
      const { kind, value, reason } = body;
      const added = await addBlock(needs, actor, { kind, value, reason, endsAt });
      if (!added.ok) return added.code === 'block_unknown' ? notFound : refused(added);
      const { target, isNew, endedSessions } = added;
      return success({ ...target, is_new: isNew, ended_sessions: endedSessions }, 201);
    },
  });
  writeRoute(server, needs, 'DELETE', '/admin/v1/blocks/:id', {
    act: 'unblock',
    schema: deleteBlock,
    run: async (needs, actor, { params, query }) => {
      // the rights come first, so that a key without them learns of no block
      const refusal = await refuseAct(needs, actor, 'unblock', { target: `block:${params.id}` });
      if (refusal) return missingScope(refusal);
      const target = await findBlockTarget(needs, params.id);
      const removed = target && (await removeBlock(needs, actor, { ...target, reason: query.reason }));
      if (!removed) return notFound;
      if (!removed.ok) return removed.code === 'block_unknown' ? notFound : refused(removed);
      return success(null, 204);
    },
  });
}

function blockJson({ micros: _, phone_number: __, ...row }: BlockRow) {
  return row;
}
