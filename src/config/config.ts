import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import type { Brand } from '../brand/brand.ts';
import type { Pooler } from '../db/client.ts';
import type { Language } from '../kit/language.ts';
import type { PhoneNumberPolicy, RegionCode, ServedCountries } from '../kit/phone-number.ts';
import { type DailyMax, defaultDailyMax, messageUnit } from '../limits/daily.ts';
import type { IpNetwork } from '../limits/ip-network.ts';
import type { RouteRule } from '../sms/provider.ts';
import { allTexts, type OperatorTexts } from '../texts/override.ts';
import { readBrand } from './brand.ts';
import { type FileClient, readClients } from './clients-file.ts';
import { type ConsoleConfig, consoleOf } from './console.ts';
import { crossChecks } from './cross-checks.ts';
import { defaultPool } from './database-pool.ts';
import { type DoorsConfig, doorsOf } from './doors.ts';
import type { ProviderSettings } from './provider-variables.ts';
import { type Setting, settingsOf } from './settings.ts';
import { readProviders, smsProblems } from './sms.ts';
import { type ReadFolder, readTexts } from './texts.ts';
import {
  type Env,
  type Readable,
  type ReadFile,
  textOf,
  unknownNames,
  valueFor,
  withoutServiceLinks,
} from './variable-values.ts';
import { type ParsedValues, type Values, variables } from './variables.ts';

/** The providers of messages, and the routes that choose among them. */
export interface SmsConfig {
  readonly routes: readonly RouteRule[];
  readonly routing: 'fixed' | 'measured';
  readonly providers: ProviderSettings;
  /** The content of the price list. */
  readonly prices: string | undefined;
  readonly concurrency: number;
  readonly testNumbers: ReadonlyMap<string, string>;
  readonly deliveriesKeepDays: number;
  /** The daily maxima. */
  readonly dailyMax: readonly DailyMax[];
}

/** The configuration, parsed and validated. */
export interface Config extends DoorsConfig {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  /** The number of serving processes. */
  readonly workers: number;
  /** The seconds for which a stopping process still serves, so that load balancers notice. */
  readonly drainSeconds: number;
  /** Undefined if it follows from the host and the port that we listen on. */
  readonly publicUrl: string | undefined;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  /** The standbys of that server to read from. */
  readonly readUrls: readonly string[];
  readonly databasePooler: Pooler;
  /** Database connections of all serving processes together. */
  readonly databasePool: number;
  /** Undefined if a key is to be generated in `dataDir`. */
  readonly secretKeys: readonly [string, ...string[]] | undefined;
  readonly defaultRegion: RegionCode;
  readonly defaultLocale: Language;
  /** The identity of the operator, on pages and in messages. */
  readonly brand: Brand;
  readonly androidAppHash: string | undefined;
  /** The texts of the operator alone: a worker may be of a newer version, which has other texts of its own. */
  readonly operatorTexts: OperatorTexts;
  readonly phoneNumberPolicy: PhoneNumberPolicy;
  readonly smsCountries: ServedCountries;
  readonly codeLength: number;
  readonly sessionLife: { readonly idleSeconds: number; readonly lifetimeSeconds: number };
  readonly sessionsMax: number;
  readonly invitedPhones: 'full' | 'masked';
  readonly trustProxy: false | number | string[];
  readonly networkMessagesPerHour: number;
  readonly requireChallenge: boolean;
  readonly sprayLimit: number;
  readonly sms: SmsConfig;
  /** The retention of the audit trail in days. */
  readonly auditKeepDays: number;
  /** The private networks that webhooks may reach. */
  readonly webhookPrivateNetworks: readonly IpNetwork[];
  /** The console of operators; undefined if there is none. */
  readonly console: ConsoleConfig | undefined;
  /** The apps of `CLIENTS_FILE`. */
  readonly clientsFile: ReadonlyMap<string, FileClient>;
  /** The settings as texts without secrets, for operators. */
  readonly settings: readonly Setting[];
  readonly logLevel: string;
}

/**
 * Parses the environment: returns a configuration, or all problems at once, each a line with the variable and the fix.
 */
export function parseConfig(
  environment: Env,
  readFile: ReadFile,
  readFolder?: ReadFolder,
): { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly string[] } {
  const problems = unknownNames(environment);
  const env = withoutServiceLinks(environment);
  const read = (name: string, variable: Readable<unknown>) => valueFor(name, variable, env, readFile, problems);
  const values = readAll(read);
  problems.push(...crossChecks(values, (name) => Boolean(env[name] || env[`${name}_FILE`])));
  const operatorTexts = readTexts(values.TEXTS_DIR, { readFile, readFolder }, problems);
  const brand = readBrand(values, allTexts(operatorTexts), readFile, problems);
  const clientsFile = readClients(values.CLIENTS_FILE, readFile, problems);
  const providers = readProviders(values.SMS_ROUTES ?? [], read, problems);
  const prices = values.SMS_PRICES === undefined ? undefined : textOf(values.SMS_PRICES, readFile);
  problems.push(...smsProblems(values, prices));
  return areComplete(values, problems)
    ? {
        ok: true,
        config: withRedaction({
          ...configOf(values, providers, prices && 'text' in prices ? prices.text : undefined),
          brand,
          clientsFile,
          operatorTexts,
          settings: settingsOf(env),
          console: consoleOf(values),
        }),
      }
    : { ok: false, problems };
}

function readAll(read: (name: string, variable: Readable<unknown>) => unknown): ParsedValues {
  const entries = Object.entries(variables).map(([name, variable]) => [name, read(name, variable)]);
  // each value comes from the parser of the variable with this name
  return Object.fromEntries(entries) as ParsedValues;
}

/** A required value is undefined only if its problem has been reported. */
function areComplete(_values: ParsedValues, problems: readonly string[]): _values is Values {
  return problems.length === 0;
}

const daySeconds = 86_400;

function configOf(
  values: Values,
  providers: ProviderSettings,
  prices: string | undefined,
): Omit<Config, 'brand' | 'clientsFile' | 'operatorTexts' | 'settings' | 'console'> {
  const production = values.NODE_ENV === 'production';
  const workers = values.WORKERS ?? availableParallelism();
  return {
    production,
    host: values.HOST,
    port: values.PORT,
    workers,
    drainSeconds: values.DRAIN_SECONDS ?? (production ? 5 : 0),
    publicUrl: values.PUBLIC_URL,
    dataDir: values.DATA_DIR ?? resolve('./data'),
    databaseUrl: values.DATABASE_URL,
    readUrls: values.READ_URLS ?? [],
    databasePooler: values.DATABASE_POOLER,
    databasePool: values.DATABASE_POOL ?? defaultPool(values, workers),
    secretKeys: values.SECRET_KEYS,
    defaultRegion: values.DEFAULT_REGION,
    defaultLocale: values.DEFAULT_LOCALE,
    androidAppHash: values.ANDROID_APP_HASH,
    phoneNumberPolicy: values.PHONE_NUMBER_POLICY ?? (onlyConsole(values) ? 'possible' : 'mobile'),
    smsCountries: values.SMS_COUNTRIES ?? new Set(onlyConsole(values) ? ['*'] : servedByDefault(values)),
    codeLength: values.CODE_LENGTH,
    sessionLife: sessionLifeOf(values),
    sessionsMax: values.SESSIONS_MAX,
    invitedPhones: values.INVITED_PHONES,
    trustProxy: values.TRUST_PROXY,
    networkMessagesPerHour: values.NETWORK_MESSAGES_PER_HOUR,
    requireChallenge: values.REQUIRE_CHALLENGE === 'yes',
    sprayLimit: values.SPRAY_LIMIT,
    sms: smsConfigOf(values, providers, prices),
    auditKeepDays: values.AUDIT_KEEP_DAYS,
    webhookPrivateNetworks: values.WEBHOOK_PRIVATE_NETWORKS ?? [],
    ...doorsOf(values),
    logLevel: values.LOG_LEVEL,
  };
}

function sessionLifeOf({ SESSION_IDLE_DAYS, SESSION_LIFETIME_DAYS }: Values): Config['sessionLife'] {
  return { idleSeconds: SESSION_IDLE_DAYS * daySeconds, lifetimeSeconds: SESSION_LIFETIME_DAYS * daySeconds };
}

function smsConfigOf(values: Values, providers: ProviderSettings, prices: string | undefined): SmsConfig {
  return {
    routes: values.SMS_ROUTES,
    routing: values.SMS_ROUTING,
    providers,
    prices,
    concurrency: values.SMS_CONCURRENCY,
    testNumbers: values.TEST_NUMBERS ?? new Map(),
    deliveriesKeepDays: values.DELIVERIES_KEEP_DAYS,
    dailyMax: dailyMaxOf(values),
  };
}

/** The same configuration, whose secrets `JSON.stringify` and `util.inspect` of the whole redact. */
function withRedaction(config: Config): Config {
  const redacted = '•••';
  const redact = () => ({
    ...config,
    operatorTexts: undefined,
    databaseUrl: config.databaseUrl && redacted,
    readUrls: config.readUrls.map(() => redacted),
    secretKeys: config.secretKeys?.map(() => redacted),
    metrics: config.metrics && { ...config.metrics, token: config.metrics.token && redacted },
    sms: { ...config.sms, providers: redacted, testNumbers: redacted },
  });
  return Object.defineProperties(config, { toJSON: { value: redact }, [inspect.custom]: { value: redact } });
}

/** The default region, and every country that a route names. */
function servedByDefault({ DEFAULT_REGION, SMS_ROUTES }: Values): string[] {
  const countries = SMS_ROUTES.map(({ country }) => country).filter((country) => country !== '*');
  return [DEFAULT_REGION, ...countries];
}

/** The configured maxima. With a paid provider, a default maximum of all messages is added unless one is configured. */
function dailyMaxOf(values: Values): readonly DailyMax[] {
  const maxima = values.SMS_DAILY_MAX;
  const hasAll = maxima?.length === 0 || maxima?.some(({ country, unit }) => country === '*' && unit === messageUnit);
  return hasAll || onlyConsole(values) ? (maxima ?? []) : [defaultDailyMax, ...(maxima ?? [])];
}

function onlyConsole({ SMS_ROUTES }: Values): boolean {
  return SMS_ROUTES.every(({ providers }) => providers.every((provider) => provider === 'console'));
}
