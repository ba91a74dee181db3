import { errorMessage } from '../kit/caught.ts';
import { decodeText } from './decode.ts';
import { isServiceLink, unknownInEnvironment } from './names.ts';
import type { Variable } from './variable.ts';

/** Reads a file that a variable names; throws if it cannot. */
export type ReadFile = (path: string) => string | Buffer;

/** The environment, in which a variable with an empty text counts as unset. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The parts of a variable that reading a value needs. */
export type Readable<T> = Pick<Variable<T>, 'parser' | 'default' | 'example' | 'secret'>;

/** The environment without Kubernetes service links, which may have the name of a variable (METRICS_PORT). */
export function withoutServiceLinks(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => !isServiceLink(name, value ?? '')));
}

/** A sentence for each unread name that is close to ours, or that only we can mean. */
export function unknownNames(env: Env): string[] {
  return Object.entries(env).flatMap(([name, value]) => (value && unknownInEnvironment(name, value)) || []);
}

/** Returns the value of a variable, its default, or a problem that never contains a secret. */
export function valueFor(
  name: string,
  variable: Readable<unknown>,
  env: Env,
  readFile: ReadFile,
  problems: string[],
): unknown {
  const complain = (problem: string) => void problems.push(`${problem}. Example: ${name}=${variable.example}`);
  const file = variable.secret ? env[`${name}_FILE`] : undefined;
  if (file && env[name]) return complain(`${name} and ${name}_FILE are both given: keep one`);
  const read = file ? textOf(file, readFile) : { text: env[name] };
  if ('reason' in read) return complain(`${name}_FILE names a file that cannot be read: ${file} (${read.reason})`);
  const { text } = read;
  if (!text) return variable.default;
  const control = controlIn(text);
  if (control) return complain(`${name} holds the control character ${control}`);
  if (isPlaceholder(name, text, variable, env)) {
    return void problems.push(
      `${name} holds the example of the documentation, which everybody knows${correctionOf(name)}`,
    );
  }
  const value = variable.parser.parse(text);
  if (value === undefined) {
    const shownValue = variable.secret ? '' : `, not ${JSON.stringify(text)}`;
    const reason = variable.parser.reason?.(text)?.replace(`${name}: `, '').replace(`${name} `, 'it ');
    complain(`${name} has to be ${variable.parser.expected}${shownValue}${reason === undefined ? '' : `: ${reason}`}`);
  }
  return value;
}

function correctionOf(name: string): string {
  const command = { SECRET_KEYS: 'openssl rand -base64 32', METRICS_TOKEN: 'openssl rand -hex 32' }[name];
  return command ? `. Example: ${name}="$(${command})"` : ': put your own';
}

/** Their examples are real values. */
const usableExamples = ['SMS_HTTP_HEADERS', 'TEST_NUMBERS'];

/** True for the example of a secret, and for an example with an ellipsis that nobody replaced. */
function isPlaceholder(name: string, text: string, { example, secret }: Readable<unknown>, env: Env): boolean {
  if (example.includes('…') ? text.includes('…') : secret && text.includes('…')) return true;
  if (!secret || usableExamples.includes(name)) return false;
  // a database for development may be the one of the documentation
  return text === example && (name !== 'DATABASE_URL' || env.NODE_ENV === 'production');
}

/** The text of a file without surrounding white space, or the reason that there is none. */
export function textOf(file: string, readFile: ReadFile): { readonly text: string } | { readonly reason: string } {
  try {
    const decoded = decodeText(Buffer.from(readFile(file)));
    if (!decoded.ok) return { reason: decoded.reason };
    const text = decoded.text.trim();
    return text === '' ? { reason: 'it is empty' } : { text };
  } catch (error) {
    return { reason: errorMessage(error) };
  }
}

/**
 * Returns the first control character as U+…; tabs and line ends do not count. A value from Windows often ends in
 * U+000D.
 */
function controlIn(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are looked for
  const [control] = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/.exec(text) ?? [];
  return control === undefined ? undefined : `U+${control.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
