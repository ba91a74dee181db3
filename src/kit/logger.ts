import { setTimeout as pause } from 'node:timers/promises';
import { type Logger, type LoggerOptions, pino } from 'pino';
import { toError } from './caught.ts';
import { maskPersonalData } from './mask.ts';
import { printable } from './printable.ts';
import { redactError } from './redact-error.ts';

/** The buffer of lines during a full disk; later lines are dropped. */
const maxWaitingBytes = 1_048_576;
const flushTimeoutMs = 1000;

const outputs = new Set<ReturnType<typeof pino.destination>>();

/** The log of this process, on its standard output; `worker` identifies the process among its siblings, if any. */
export function createLogger({ logLevel }: { readonly logLevel: string }, worker?: number): Logger {
  const output = pino.destination({ fd: 1, minLength: 1, maxLength: maxWaitingBytes });
  // a log that cannot be written does not end the process
  output.on('error', () => {});
  // sonic-boom repeats a write without end if the error is not EAGAIN, as on a full disk or after a hang-up
  output.flushSync = () => {};
  outputs.add(output);
  return pino({ ...loggerOptions, level: logLevel, base: worker === undefined ? null : { worker } }, output);
}

/** Waits until the lines of this process are written, 1 s at most; called before the process ends. */
export async function flushLogs(): Promise<void> {
  const flushed = [...outputs].map((output) => new Promise((resolve) => output.flush(resolve)));
  await Promise.race([Promise.all(flushed), pause(flushTimeoutMs)]);
}

/** The log of a command, on its standard error; each line is written before the call returns. */
export function createCommandLogger(): Logger {
  const output = pino.destination({ fd: 2, sync: true });
  output.on('error', () => {});
  // a terminal may obey the C1 controls of a text of strangers, which JSON does not escape
  const write = (line: string) => void output.write(printable(line, { lines: true }));
  return pino({ ...loggerOptions, level: 'info', base: null }, { write });
}

/**
 * The options of every log of ours: errors lose the values of statements and rows, phone numbers and e-mail addresses.
 */
export const loggerOptions = {
  serializers: { err: serializeError, reason: maskText },
} satisfies LoggerOptions;

function maskText(entry: unknown): unknown {
  return typeof entry === 'string' ? maskPersonalData(entry) : entry;
}

function serializeError(error: Error): unknown {
  const serialized = pino.stdSerializers.err(toError(redactError(error)));
  if (typeof serialized?.message !== 'string') return serialized;
  // a connection that failed at each IP address of a host has a code and no message
  const message = serialized.message || String((error as NodeJS.ErrnoException).code ?? '');
  return { ...serialized, message: maskPersonalData(message), stack: maskPersonalData(String(serialized.stack ?? '')) };
}
