import { acceptedRisk, guessRisk } from '../limits/guess-risk.ts';
import { numberSends } from '../limits/rules.ts';
import { consoleProblems } from './console.ts';
import { insecureOrigins, unreachableApps } from './doors.ts';
import { isLoopback, isSecureOrigin } from './parsers.ts';
import { type Name, type ParsedValues, variables } from './variables.ts';

/** Conflicts between variables that are each valid alone. */
export function crossChecks(values: ParsedValues, isSet: (name: Name) => boolean): string[] {
  const problems: string[] = [];
  if (values.SECRET_KEYS?.includes(variables.SECRET_KEYS.example)) {
    problems.push(
      'SECRET_KEYS holds the example, which everybody knows. Example: SECRET_KEYS="$(openssl rand -base64 32)"',
    );
  }
  if (values.READ_URLS && !isSet('DATABASE_URL')) {
    problems.push(
      `READ_URLS needs DATABASE_URL, the primary of the standbys. Example: DATABASE_URL=${variables.DATABASE_URL.example}`,
    );
  }
  problems.push(
    ...portTakenTwice(values),
    ...consoleProblems(values),
    ...tooEasilyGuessed(values),
    ...unreachableApps(values, isSet('COOKIE_DOMAIN')),
  );
  return values.NODE_ENV === 'production'
    ? [...problems, ...unfitForProduction(values, isSet), ...insecureOrigins(values)]
    : [...problems, ...mixedWithDevelopment(values, isSet('NODE_ENV'))];
}

/** A server for real people shows no codes, and has keys and an address of its own. */
function unfitForProduction(values: ParsedValues, isSet: (name: Name) => boolean): string[] {
  const problems: string[] = [];
  if (!isSet('SECRET_KEYS')) {
    problems.push('SECRET_KEYS is needed in production. Example: SECRET_KEYS="$(openssl rand -base64 32)"');
  }
  if (values.SMS_ROUTES?.some(({ providers }) => providers.includes('console'))) {
    problems.push(
      'SMS_ROUTES with console is refused in production: nobody would get an SMS. Example: SMS_ROUTES=*=http',
    );
  }
  if (values.TEST_NUMBERS && values.TEST_NUMBERS_IN_PRODUCTION !== 'yes') {
    problems.push(
      'TEST_NUMBERS is refused in production: whoever knows a code is that number. Example: TEST_NUMBERS_IN_PRODUCTION=yes',
    );
  }
  if (values.DEV_INBOX === 'on' || values.DEV_INBOX === 'network') {
    problems.push(
      `DEV_INBOX is ${values.DEV_INBOX}, which is refused in production: it shows codes. Example: DEV_INBOX=off`,
    );
  }
  if (!isSet('PUBLIC_URL')) {
    problems.push(
      `PUBLIC_URL is needed in production: links and SMS name it. Example: PUBLIC_URL=${variables.PUBLIC_URL.example}`,
    );
  }
  if (values.PUBLIC_URL && !isSecureOrigin(values.PUBLIC_URL)) {
    problems.push(
      `PUBLIC_URL has to begin with https:// in production, or codes and tokens travel in the open. Example: PUBLIC_URL=${variables.PUBLIC_URL.example}`,
    );
  }
  return problems;
}

function portTakenTwice({ HOST, PORT, METRICS_HOST, METRICS_PORT }: ParsedValues): string[] {
  const isSameHost = HOST === METRICS_HOST || [HOST, METRICS_HOST].some((host) => host === '0.0.0.0' || host === '::');
  if (!METRICS_PORT || METRICS_PORT !== PORT || !isSameHost) return [];
  return [`METRICS_PORT and PORT are both ${PORT}. Example: METRICS_PORT=${variables.METRICS_PORT.example}`];
}

/** Codes that are too short, or too many guesses, for the risk that we accept: `guessRisk`. */
function tooEasilyGuessed({ CODE_LENGTH, SPRAY_LIMIT }: ParsedValues): string[] {
  if (CODE_LENGTH === undefined || SPRAY_LIMIT === undefined) return [];
  const { ofNumber, ofAny } = guessRisk(CODE_LENGTH, SPRAY_LIMIT, numberSends.day.quota);
  const expected = (takeOvers: number, accepted: number) =>
    `would take over ${Number(takeOvers.toPrecision(2))} accounts a day, and ${accepted} is the most that is accepted`;
  if (ofNumber > acceptedRisk.ofNumber) {
    return [
      `CODE_LENGTH is ${CODE_LENGTH}, which is too short: guessing at one number ${expected(ofNumber, acceptedRisk.ofNumber)}. Example: CODE_LENGTH=6`,
    ];
  }
  // floating-point sums of the accepted values must not exceed them
  if (ofAny <= acceptedRisk.ofAny * (1 + 1e-9)) return [];
  return [
    `SPRAY_LIMIT is ${SPRAY_LIMIT}, which is too high for codes of ${CODE_LENGTH} digits: guessing at all numbers ${expected(ofAny, acceptedRisk.ofAny)}. Example: SPRAY_LIMIT=${variables.SPRAY_LIMIT.example}`,
  ];
}

/** A server for real people that was started without NODE_ENV would show everybody all codes. */
function mixedWithDevelopment(values: ParsedValues, isNamed: boolean): string[] {
  const { NODE_ENV, PUBLIC_URL, SMS_ROUTES, DEV_INBOX } = values;
  // a value that cannot be parsed has been reported already
  if (NODE_ENV === undefined || DEV_INBOX === 'off') return [];
  const decides =
    `while NODE_ENV is ${NODE_ENV}${isNamed ? '' : ' (it is not set)'}, which shows codes to the developer. ` +
    'NODE_ENV decides; DEV_INBOX=off tries it without the inbox. Example: NODE_ENV=production';
  const paid = new Set(SMS_ROUTES?.flatMap(({ providers }) => providers).filter((name) => name !== 'console'));
  return [
    ...(paid.size === 0 ? [] : [`SMS_ROUTES names ${[...paid].join(', ')}, for real messages, ${decides}`]),
    ...(PUBLIC_URL?.startsWith('https:') && !isLoopback(PUBLIC_URL)
      ? [`PUBLIC_URL is a public URL, ${PUBLIC_URL}, ${decides}`]
      : []),
  ];
}
