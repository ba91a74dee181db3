import { textsOf } from '../texts/texts.ts';

/** The sentences of the pages of signing in. */
export const pageMessages = textsOf('signIn');
