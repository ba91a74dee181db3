import { textsOf } from '../texts/texts.ts';

/** The sentences of the pages about redeeming an invite code. */
export const pageMessages = textsOf('invites');
