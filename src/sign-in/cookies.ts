import { ownCookie } from '../http/cookies.ts';
import { rememberedInviteSeconds } from '../invites/remembered-invite.ts';

/** That this device has signed in before; see `newDeviceToken`. */
export const deviceCookie = ownCookie('device', 365 * 86_400);

/** The invite of a link that was opened, as `rememberInvite` wrote it. */
export const inviteCookie = ownCookie('invite', rememberedInviteSeconds);

/** Comes back with a form where the browser keeps cookies: without them nobody can sign in, and no message is sent. */
export const visitCookie = ownCookie('visit', 365 * 86_400);
