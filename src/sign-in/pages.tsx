import type { Server } from '../http/server.ts';
import type { InviteNeeds } from '../invites/store.ts';
import { type CodePagesNeeds, codePages } from './code-pages.tsx';
import { invitePages } from './invite-pages.tsx';
import { type NumberPagesNeeds, numberPages } from './number-pages.tsx';
import { type ReturnPagesNeeds, returnPages } from './return-pages.tsx';

/** The dependencies of the sign-in pages. */
export type SignInPagesNeeds = NumberPagesNeeds & CodePagesNeeds & InviteNeeds & ReturnPagesNeeds;

/**
 * The HTML routes of signing in: the number, the code and the invite link. Each form carries the subject of its page
 * and acts on that, whatever other pages of the browser did meanwhile; the cookies decide only what a newly opened page
 * shows.
 */
export function signInPages(server: Server, needs: SignInPagesNeeds): void {
  invitePages(server, needs);
  numberPages(server, needs);
  codePages(server, needs);
  returnPages(server, needs);
}
