import { type Logger, pino } from 'pino';
import type { Config } from './config/config.ts';

/** The log of this process, on its standard output; `worker` tells it from its siblings, where it has any. */
export function openLog({ logLevel }: Config, worker?: number): Logger {
  return pino({ level: logLevel, base: worker === undefined ? null : { worker } });
}
