import { textsOf } from '../texts/texts.ts';

/** The sentences of the pages of one's own account. */
export const pageMessages = textsOf('profile');
