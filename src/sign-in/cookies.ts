import { ownCookie } from '../http/cookies.ts';
import { rememberedInviteSeconds } from '../invites/remembered-invite.ts';

/** The token of a trusted device; see `newDeviceToken`. */
export const deviceCookie = ownCookie('device', 365 * 86_400);

/** The invite of an opened link, as `rememberInvite` wrote it. */
export const inviteCookie = ownCookie('invite', rememberedInviteSeconds);

/** Comes back with a form if the browser keeps cookies: without them nobody can sign in, and no message is sent. */
export const visitCookie = ownCookie('visit', 365 * 86_400);
