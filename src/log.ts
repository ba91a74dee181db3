import { type Logger, type LoggerOptions, pino } from 'pino';
import type { Config } from './config/config.ts';
import { productionWarnings } from './config/warnings.ts';
import { redacted } from './db/redact.ts';
import { maskPersonalData } from './kit/mask.ts';

/** The buffer of lines during a full disk; later lines are dropped. */
const maxWaitingBytes = 1_048_576;

/** The log of this process, on its standard output; `worker` identifies the process among its siblings, if any. */
export function openLog({ logLevel }: Pick<Config, 'logLevel'>, worker?: number): Logger {
  const output = pino.destination({ fd: 1, maxLength: maxWaitingBytes });
  // a log that cannot be written does not end the process
  output.on('error', () => {});
  return pino({ ...privateLog, level: logLevel, base: worker === undefined ? null : { worker } }, output);
}

/** Logs each risk of this configuration on a line of its own; called in one process only. */
export function logRisks(log: Logger, config: Config): void {
  for (const { risk, ...mend } of productionWarnings(config)) log.warn(mend, risk);
}

/**
 * The options of every log of ours: errors lose the values of statements and rows, phone numbers and e-mail addresses.
 */
export const privateLog = {
  serializers: { err: serializeError, fault: maskText, why: maskText },
} satisfies LoggerOptions;

function maskText(told: unknown): unknown {
  return typeof told === 'string' ? maskPersonalData(told) : told;
}

function serializeError(error: Error): unknown {
  const told = pino.stdSerializers.err(redacted(error) as Error);
  if (typeof told?.message !== 'string') return told;
  return { ...told, message: maskPersonalData(told.message), stack: maskPersonalData(String(told.stack ?? '')) };
}
