import type { Log } from '../kit/log.ts';
import { isLoopbackHost } from '../kit/loopback.ts';
import type { Config } from './config.ts';

/** A warning to the operator at startup: the risk, the variable that decides, and a value that fixes it. */
export interface Warning {
  readonly risk: string;
  readonly variable: string;
  readonly example: string;
}

const minPasswordLength = 12;

/** Logs each risk of this configuration on a line of its own; called in one process only. */
export function logRisks(log: Log, config: Config): void {
  for (const { risk, variable, example } of productionWarnings(config)) {
    log.warn({ risk, variable, example }, 'configuration risk');
  }
}

/** The risks with which production still starts; none in development. */
export function productionWarnings(config: Config): Warning[] {
  if (!config.production) return [];
  const risks = [...secretRisks(config), ...settingRisks(config)];
  return risks.filter((warning) => typeof warning === 'object');
}

type Risks = (Warning | false | undefined)[];

function secretRisks({ databaseUrl, secretKeys, metrics, sms }: Config): Risks {
  return [
    databaseUrl === undefined && {
      risk: 'the embedded database is used in production',
      variable: 'DATABASE_URL',
      example: 'postgres://user@db:5432/vouch',
    },
    weakPassword(databaseUrl) && {
      risk: `the password of the database is a default or shorter than ${minPasswordLength} characters`,
      variable: 'DATABASE_URL',
      example: 'openssl rand -hex 24',
    },
    secretKeys?.some(isTyped) && {
      risk: 'a secret key looks typed by hand, not random',
      variable: 'SECRET_KEYS',
      example: 'openssl rand -base64 32',
    },
    metrics?.token !== undefined &&
      isTyped(metrics.token) && {
        risk: 'the token for metrics looks typed by hand, not random',
        variable: 'METRICS_TOKEN',
        example: 'openssl rand -hex 32',
      },
    isShort(sms.providers.http?.SMS_HTTP_TOKEN) && {
      risk: 'the token for the SMS sender is shorter than 16 characters',
      variable: 'SMS_HTTP_TOKEN',
      example: 'openssl rand -hex 32',
    },
  ];
}

function settingRisks({ metrics, sms }: Config): Risks {
  return [
    metrics?.port !== undefined &&
      !isLoopbackHost(metrics.host) && {
        risk: 'metrics are open to whoever reaches their port, without a token',
        variable: 'METRICS_HOST',
        example: '127.0.0.1',
      },
    sms.testNumbers.size > 0 && {
      risk: 'test numbers sign in with a fixed code',
      variable: 'TEST_NUMBERS_IN_PRODUCTION',
      example: 'no',
    },
  ];
}

function weakPassword(databaseUrl: string | undefined): boolean {
  const [, userInfo = ''] = /^\w+:\/\/([^/?]*)@/.exec(databaseUrl ?? '') ?? [];
  const [user = '', ...rest] = userInfo.split(':');
  const query = new URLSearchParams(databaseUrl?.split('?')[1] ?? '');
  const password = query.get('password') ?? (rest.length > 0 ? decoded(rest.join(':')) : undefined);
  if (password === undefined) return false;
  return [...password].length < minPasswordLength || password === decoded(user) || isTyped(password);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether a person typed the secret: words of defaults and examples, runs of the keyboard, and few different
 * characters.
 */
function isTyped(secret: string): boolean {
  return (
    /change.?me|secret|example|passw|test|default|vouch|postgres|admin|0123456|1234567|abcdef|qwerty/i.test(secret) ||
    new Set(secret).size < 8
  );
}

function isShort(secret: string | undefined): boolean {
  return secret !== undefined && secret.length < 16;
}
