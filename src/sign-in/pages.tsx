import type { Server } from '../http/server.ts';
import type { InviteNeeds } from '../invites/store.ts';
import { type CodePagesNeeds, codePages } from './code-pages.tsx';
import { invitePages } from './invite-pages.tsx';
import { type NumberPagesNeeds, numberPages } from './number-pages.tsx';

/** What the pages of signing in need. */
export type SignInPagesNeeds = NumberPagesNeeds & CodePagesNeeds & InviteNeeds;

/**
 * The HTML door to signing in: the number, the code and the invite link. Each form carries what its page was about, and
 * acts on that, whatever other pages of the browser did meanwhile; the cookies say only what a page opened anew shows.
 */
export function signInPages(server: Server, needs: SignInPagesNeeds): void {
  invitePages(server, needs);
  numberPages(server, needs);
  codePages(server, needs);
}
