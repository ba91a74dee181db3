import Type from 'typebox';
import { takeNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import type { Server } from '../http/server.ts';
import { closeInvite } from '../people/act-on-person.ts';
import { inviteTree, mostActiveInviters } from '../people/invites.ts';
import { answerAct, answerRefusal } from './act.tsx';
import { ConfirmView } from './confirm-view.tsx';
import { InvitersView, TreeView } from './invites-view.tsx';
import { filterOf, listQuery } from './list-query.ts';
import type { NumberPagesNeeds } from './number-pages.tsx';
import { asOperator } from './visit.ts';

const accountPattern = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
const account = Type.String({ pattern: accountPattern });
const bodies = Type.Object({ account, reason: Type.Optional(Type.String({ maxLength: 600 })) });
const back = '/invites/';

/** `/invites/`: the most active inviters, and the tree around a person, by the id of the account; closing and opening a code. */
export function invitesPages(server: Server, needs: NumberPagesNeeds): void {
  server.get('/invites/', { schema: { querystring: listQuery('account') } }, (request, reply) =>
    asOperator(needs, request, reply, async (visit) => {
      const accountId = filterOf(request.query, 'account');
      const form = { path: back, fields: {}, back: '/' };
      if (accountId === undefined || !new RegExp(accountPattern).test(accountId)) {
        const found = await mostActiveInviters(needs, visit.actor, { limit: 50 });
        if (!found.ok) return answerRefusal(visit, found, form);
        const notice = takeNotice(request, reply, visit.words.notices);
        return sendPage(reply, <InvitersView visit={visit} inviters={found.items} notice={notice} />);
      }
      const tree = await inviteTree(needs, visit.actor, { accountId });
      if (!tree.ok) return answerRefusal(visit, tree, form);
      return sendPage(reply, <TreeView visit={visit} accountId={accountId} tree={tree} />);
    }),
  );

  for (const isOpen of [false, true]) {
    const path = isOpen ? '/invites/open/' : '/invites/close/';
    server.post(path, { schema: { body: bodies } }, (request, reply) =>
      asOperator(needs, request, reply, async (visit) => {
        const { account: accountId, reason } = request.body;
        const form = { path, fields: { account: accountId }, back };
        const { openTitle, openText, closeTitle, closeText } = visit.words.invites;
        const [title, text] = isOpen ? [openTitle, openText] : [closeTitle, closeText];
        if (reason === undefined)
          return sendPage(reply, <ConfirmView visit={visit} form={form} title={title} text={text} asksReason />);
        return answerAct(needs.db, visit, form, isOpen ? 'invite_opened' : 'invite_closed', async () => {
          const done = await closeInvite(needs, visit.actor, { accountId, reason, isOpen });
          return done.ok ? undefined : done;
        });
      }),
    );
  }
}
