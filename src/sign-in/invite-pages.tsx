import Type from 'typebox';
import { languageOf } from '../http/language.ts';
import { leaveNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import { formatDelay } from '../http/problem.ts';
import { explainRefusal } from '../http/refusal.ts';
import type { Reply, Request, Server } from '../http/server.ts';
import { BrokenLinkView, LinkView } from '../invites/link-view.tsx';
import { inviteRefusals } from '../invites/messages.ts';
import { type LinkRefusal, openLink } from '../invites/open-link.ts';
import { pageMessages } from '../invites/page-messages.ts';
import { parseRememberedInvite } from '../invites/remembered-invite.ts';
import { type InviteNeeds, isInviteOpen } from '../invites/store.ts';
import { fill } from '../kit/text.ts';
import { inviteCodeAttempts, limitedBy } from '../limits/rules.ts';
import { cookieCredential } from '../sessions/cookie.ts';
import { inviteCookie } from './cookies.ts';
import { type SendPageNeeds, sendPhone } from './page-replies.tsx';
import { readReturn } from './return-to.ts';

const linkPath = { params: Type.Object({ '*': Type.Optional(Type.String()) }) };

type InvitePagesNeeds = InviteNeeds & SendPageNeeds;

/** The HTML routes of an invite: its link, the first page that remembers it, and declining it. */
export function invitePages(server: Server, needs: InvitePagesNeeds): void {
  server.get('/', async (request, reply) => {
    // an app may want a new sign-in of somebody who is signed in
    if (cookieCredential(request) && !readReturn(request, needs.keys)) return reply.redirect('/account/', 303);
    const invite = parseRememberedInvite(needs.keys, inviteCookie.read(request));
    if (!invite) return sendPhone(request, reply, needs, {});
    if (await isInviteOpen(needs.db, invite)) return sendPhone(request, reply, needs, { invite });
    inviteCookie.clear(reply);
    return sendPhone(request, reply, needs, { brokenInvite: pageMessages[languageOf(request)].brokenText });
  });

  // the keyboard of a phone and the alphanumeric mode of QR codes produce a capital letter
  for (const path of ['/i', '/i/*', '/I', '/I/*']) {
    const options = { schema: linkPath, config: limitedBy(inviteCodeAttempts) };
    server.get(path, options, (request, reply) => showLink(request, reply, needs, request.params['*']));
  }

  const form = Type.Object({ invite: Type.Optional(Type.String()) });
  server.post('/invite/decline', { schema: { body: form } }, (request, reply) => {
    const declined = parseRememberedInvite(needs.keys, request.body.invite);
    if (declined) forgetInvite(request, reply, needs, declined.code);
    leaveNotice(reply, 'invite_declined');
    return reply.redirect(cookieCredential(request) ? '/account/' : '/', 303);
  });
}

/** Forgets the invite of a link, unless the browser has opened another link since. */
export function forgetInvite(request: Request, reply: Reply, needs: Pick<SendPageNeeds, 'keys'>, code: string): void {
  const remembered = parseRememberedInvite(needs.keys, inviteCookie.read(request));
  if (remembered === undefined || remembered.code === code) inviteCookie.clear(reply);
}

/** The code of the invite that this browser remembers, if it still works. */
export async function offeredInvite(
  request: Request,
  needs: InvitePagesNeeds,
): Promise<{ code: string; text: string } | undefined> {
  const invite = parseRememberedInvite(needs.keys, inviteCookie.read(request));
  return invite && (await isInviteOpen(needs.db, invite)) ? invite : undefined;
}

async function showLink(request: Request, reply: Reply, needs: InvitePagesNeeds, text = ''): Promise<Reply> {
  const credential = cookieCredential(request);
  const link = await openLink(needs, { text, clientIp: request.ip, credential });
  if (!link.ok) return sendBroken(request, reply, needs, link);
  const { invite, memberAction: memberCan, redeemedCode } = link;
  if (memberCan === undefined || memberCan === 'redeem') inviteCookie.write(reply, invite.text);
  if (memberCan === undefined || !credential)
    return sendPhone(request, reply, needs, { invite, path: `/i/${invite.code}` });
  return sendPage(
    reply,
    <LinkView
      language={languageOf(request)}
      account={credential.accountId}
      code={invite.code}
      link={`${request.server.publicUrl}/i/${invite.code}`}
      invite={invite.text}
      memberCan={memberCan}
      redeemedCode={redeemedCode}
      invitedPhonesFull={needs.invitedPhones === 'full'}
    />,
  );
}

function sendBroken(
  request: Request,
  reply: Reply,
  needs: InvitePagesNeeds,
  refusal: LinkRefusal & { readonly isMember: boolean },
): Reply {
  const language = languageOf(request);
  const words = pageMessages[language];
  const { status } = explainRefusal<LinkRefusal>(request, reply, inviteRefusals, refusal);
  const text =
    refusal.code === 'invite_not_working'
      ? words.brokenText
      : fill(words.brokenLimited, { when: formatDelay(language, refusal.retryInSeconds) });
  // the path after a change of language: any path that shows this page
  const path = '/i/-';
  return refusal.isMember
    ? sendPage(reply, <BrokenLinkView language={language} path={path} text={text} />, status)
    : sendPhone(request, reply, needs, { brokenInvite: text, path }, status);
}
