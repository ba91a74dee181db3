import { textsOf } from '../texts/texts.ts';

/** The sentences of the development inbox. */
export const pageMessages = textsOf('dev');
