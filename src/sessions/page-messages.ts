import { textsOf } from '../texts/texts.ts';

/** The sentences of the list of sessions. */
export const pageMessages = textsOf('sessions');
