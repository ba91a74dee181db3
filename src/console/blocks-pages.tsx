import Type from 'typebox';
import { type BlockKind, blockKinds } from '../blocks/block.ts';
import { addBlock, findBlocks, findBlockTarget, removeBlock } from '../blocks/blocks.ts';
import { takeNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Server } from '../http/server.ts';
import { answerAct, answerRefusal } from './act.tsx';
import { BlocksView, blockedText } from './blocks-view.tsx';
import { ConfirmView } from './confirm-view.tsx';
import { filterOf, listQuery, rowsOfPage } from './list-query.ts';
import type { OperatorsPagesNeeds } from './operators-pages.tsx';
import { asOperator, type Visit } from './visit.ts';

const back = '/blocks/';
const text = Type.Optional(Type.String({ maxLength: 600 }));
const bodies = {
  add: Type.Object({ kind: text, value: text, reason: text, days: text }),
  remove: Type.Object({ id: Type.String({ maxLength: 60 }), reason: text }),
};
const dayMs = 86_400_000;

/** `/blocks/`: numbers, people, prefixes, countries and networks that get no code, each with its effect so far. */
export function blocksPages(server: Server, needs: OperatorsPagesNeeds): void {
  server.get('/blocks/', { schema: { querystring: listQuery('kind') } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => showBlocks(needs, visit)),
  );

  server.post('/blocks/add/', { schema: { body: bodies.add } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => {
      const { kind = '', value = '', reason = '', days = '' } = request.body;
      const form = { path: '/blocks/add/', fields: { kind, value, reason, days }, back };
      return answerAct(needs.db, visit, form, 'block_added', async () => {
        const endsAt = Number(days) > 0 ? { endsAt: new Date(Date.now() + Number(days) * dayMs) } : {};
        const added = await addBlock(needs, visit.actor, { kind: toKind(kind), value, reason, ...endsAt });
        return added.ok ? undefined : added;
      });
    }),
  );

  server.post('/blocks/remove/', { schema: { body: bodies.remove } }, (request, reply) =>
    asOperator(needs, request, reply, (visit) => remove(needs, visit, request.body)),
  );
}

async function showBlocks(needs: OperatorsPagesNeeds, visit: Visit): Promise<Reply> {
  const { request, reply, words } = visit;
  const kindFilter = filterOf(request.query, 'kind');
  const kind = blockKinds.find((name) => name === kindFilter);
  const found = await findBlocks(needs, visit.actor, {
    kind,
    after: filterOf(request.query, 'after'),
    limit: rowsOfPage,
  });
  if (!found.ok)
    return answerRefusal(visit, found, { path: back, fields: {}, back: found.code === 'unknown_cursor' ? back : '/' });
  const notice = takeNotice(request, reply, words.notices);
  return sendPage(reply, <BlocksView visit={visit} page={found} kind={kind} notice={notice} />);
}

/** Takes a block away, after a page that asks for the reason. */
async function remove(
  needs: OperatorsPagesNeeds,
  visit: Visit,
  { id, reason }: { readonly id: string; readonly reason?: string },
): Promise<Reply> {
  const form = { path: '/blocks/remove/', fields: { id, ...(reason === undefined ? {} : { reason }) }, back };
  const target = await findBlockTarget(needs, id);
  if (!target) return answerRefusal(visit, { code: 'block_unknown' }, form);
  if (reason === undefined) {
    const { removeTitle } = visit.words.blocks;
    const shown = blockedText(visit, target);
    return sendPage(visit.reply, <ConfirmView visit={visit} form={form} title={removeTitle} text={shown} asksReason />);
  }
  return answerAct(needs.db, visit, form, 'block_removed', async () => {
    const removed = await removeBlock(needs, visit.actor, { ...target, reason });
    return removed.ok ? undefined : removed;
  });
}

function toKind(text: string): BlockKind {
  return blockKinds.find((kind) => kind === text) ?? 'number';
}
