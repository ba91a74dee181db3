import { printable } from '../kit/printable.ts';

/** Writes to standard output, unless there is nothing to say; returns the exit code. */
export function print(text: string, code: number): number {
  if (text !== '') process.stdout.write(`${printable(text.trimEnd(), { lines: true })}\n`);
  return code;
}

/** Text of rows for standard output: as it is for a file or a program, printable for a terminal. */
export function forOutput(text: string, isTerminal: boolean): string {
  return isTerminal ? printable(text.replaceAll('\r\n', '\n'), { lines: true }) : text;
}

/** Writes to standard error; returns the exit code. */
export function printError(text: string, code: number): number {
  process.stderr.write(`${printable(text.trimEnd(), { lines: true })}\n`);
  return code;
}
