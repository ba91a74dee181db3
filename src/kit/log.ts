import type { Logger } from 'pino';

/**
 * The log that every room may use, with the levels of pino. A phone number goes in masked (`maskPhoneNumber`), a secret
 * never.
 */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;
