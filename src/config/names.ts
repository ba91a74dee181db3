import { editDistance } from '../kit/edit-distance.ts';
import { firstOf } from '../kit/present.ts';
import { providerVariables } from './provider-variables.ts';
import { variables } from './variables.ts';

interface Named {
  readonly example: string;
  readonly secret?: true;
}

const all: ReadonlyMap<string, Named> = new Map<string, Named>([
  ...Object.entries<Named>(variables),
  ...Object.values(providerVariables).flatMap((ofProvider) => Object.entries<Named>(ofProvider)),
]);

/** Every name that is read: the variables, and `NAME_FILE` for each secret. */
const known: ReadonlySet<string> = new Set(
  [...all].flatMap(([name, { secret }]) => (secret ? [name, `${name}_FILE`] : [name])),
);

/** First words of our names that other programs use too: in the environment they are not evidence of a mistake. */
const sharedPrefixes: ReadonlySet<string> = new Set(
  'ANDROID CODE DATA DATABASE DEFAULT DEV DRAIN HOST LOG METRICS NETWORK NODE PHONE PORT PUBLIC SECRET SESSION TELEGRAM TEST'.split(
    ' ',
  ),
);

const prefixes: ReadonlySet<string> = new Set(['VOUCH', ...[...known].map(firstWord)]);

/** Read by the command lines of Twilio and Vonage, by many bots, and by apps in the quickstarts. */
const foreignNames: ReadonlySet<string> = new Set([
  'TWILIO_API_KEY',
  'TWILIO_API_SECRET',
  'TWILIO_EDGE',
  'TWILIO_LOG_LEVEL',
  'TWILIO_PHONE_NUMBER',
  'TWILIO_REGION',
  'VONAGE_API_KEY',
  'VONAGE_API_SECRET',
  'TELEGRAM_TOKEN',
  'VOUCH_KEY',
  'VOUCH_URL',
]);

/** True for a name that this program reads. */
export function isKnownName(name: string): boolean {
  return known.has(name);
}

/** Explains why a name of `.env` is refused: there, every name with one of our first words has to be ours. */
export function unknownInFile(name: string): string | undefined {
  if (known.has(name)) return undefined;
  const close = closeName(name);
  if (close) return misspelt(name, close);
  if (firstWord(name) === 'NODE') return `${name} has no effect in .env: Node.js reads it from the environment only`;
  return hasPrefix(name) ? misspelt(name, nearestName(name)) : undefined;
}

/**
 * Explains why a name of the environment is refused: it is close to one of ours, or begins with a word that only we
 * use. Kubernetes service links are not refused.
 */
export function unknownInEnvironment(name: string, value: string): string | undefined {
  if (known.has(name) || foreignNames.has(name) || isServiceLink(name, value)) return undefined;
  const close = closeName(name);
  if (close) return misspelt(name, close);
  return hasPrefix(name) && !sharedPrefixes.has(firstWord(name.toUpperCase()))
    ? misspelt(name, nearestName(name))
    : undefined;
}

/**
 * True for a variable that Kubernetes sets in a container for each service of its namespace (and Docker for a link): a
 * service "metrics" gives METRICS_PORT=tcp://10.0.0.7:9464.
 */
export function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}

function misspelt(name: string, meant: string): string {
  const variable = all.get(meant) ?? all.get(meant.replace(/_FILE$/, ''));
  if (name === `${meant}_FILE`) {
    return `${name} is not read: only secrets come from files. Example: ${meant}=${variable?.example}`;
  }
  const example = all.has(meant) ? variable?.example : '/run/secrets/name';
  return `${name} is no variable of Vouch. The nearest name is ${meant}. Example: ${meant}=${example}`;
}

function firstWord(name: string): string {
  return firstOf(name.split('_', 1));
}

function hasPrefix(name: string): boolean {
  return name.includes('_') && prefixes.has(firstWord(name.toUpperCase()));
}

/** The known name that this one is a misspelling of. */
function closeName(name: string): string | undefined {
  const asWritten = name.toUpperCase().replaceAll(/[.-]/g, '_');
  const written = asWritten.replace(/^VOUCH_/, '');
  const candidates = [...known].filter((candidate) => isClose(written, candidate) || written === `${candidate}_FILE`);
  return candidates.length > 0 ? nearest(written, candidates) : undefined;
}

function nearestName(name: string): string {
  return nearest(name.toUpperCase(), [...known]);
}

/** Among equally near names, one with the same first word. */
function nearest(name: string, candidates: readonly string[]): string {
  const rank = (candidate: string) =>
    editDistance(name, candidate) + (firstWord(name) === firstWord(candidate) ? 0 : 3);
  return candidates.reduce((best, candidate) => (rank(candidate) < rank(best) ? candidate : best));
}

function isClose(name: string, candidate: string): boolean {
  if (name === candidate) return true;
  const [written, meant] = [name.split('_'), candidate.split('_')];
  const [joined, wanted] = [written.join(''), meant.join('')];
  if (meant.length > 1 && Math.abs(joined.length - wanted.length) <= 1 && editDistance(joined, wanted) <= 1)
    return true;
  if (meant.length > 2 && written.length === meant.length - 1 && !candidate.endsWith('_FILE')) {
    return meant.some((_, left) => meant.toSpliced(left, 1).join('_') === name);
  }
  if (written.length !== meant.length) return false;
  const distances = meant.map((word, index) => wordDistance(written[index] ?? '', word, meant.length > 1));
  return distances.reduce((sum, one) => sum + one, 0) <= 2;
}

/** Infinite for another word: a short word may have one wrong letter, a long one two; `LEN` stands for `LENGTH`. */
function wordDistance(written: string, meant: string, mayBeShortened: boolean): number {
  const shorter = Math.min(written.length, meant.length);
  if (mayBeShortened && shorter >= 3 && (written.startsWith(meant) || meant.startsWith(written))) {
    return written === meant ? 0 : 1;
  }
  if (Math.abs(written.length - meant.length) > 2) return Number.POSITIVE_INFINITY;
  const found = editDistance(written, meant);
  return found <= (meant.length <= 4 ? 1 : 2) ? found : Number.POSITIVE_INFINITY;
}
