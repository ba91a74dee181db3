import { textsOf } from '../texts/texts.ts';

/** The sentences that every page shares. */
export const pageMessages = textsOf('site');
