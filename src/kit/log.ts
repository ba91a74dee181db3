import type { Logger } from 'pino';

/** What every room may log with: pino's levels. A phone number goes in masked (`maskPhoneNumber`), a secret never. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;
