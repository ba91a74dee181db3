import { textsOf } from '../texts/texts.ts';

/** The sentences of the pages for apps. */
export const pageMessages = textsOf('oidc');
