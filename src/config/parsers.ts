import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseConnectionString } from '../db/connection-string.ts';
import { errorMessage } from '../kit/caught.ts';
import {
  callingCodesWithoutCountry,
  parsePhoneNumber,
  parseRegionCode,
  type RegionCode,
  type ServedCountries,
} from '../kit/phone-number.ts';
import { lastOf } from '../kit/present.ts';
import { type IpNetwork, parseNetwork } from '../limits/ip-network.ts';
import type { RouteRule } from '../sms/provider.ts';

/** The parser of a variable: `undefined` if the text is not valid. */
export interface Parser<T> {
  /** A description of valid values, as the end of "NAME has to be …". */
  readonly expected: string;
  parse(text: string): T | undefined;
  /** Explains more exactly than `wanted` why a text is invalid, without repeating a secret. */
  reason?(text: string): string | undefined;
}

/** Accepts one of these words. */
export function oneOf<const T extends string>(...words: readonly T[]): Parser<T> {
  return { expected: `one of ${words.join(', ')}`, parse: (text) => words.find((word) => word === text) };
}

/** Accepts a whole number within bounds. */
export function whole(min: number, max: number): Parser<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    parse: (text) => (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined),
  };
}

/** Any text except the empty one. */
export const text: Parser<string> = { expected: 'a text', parse: (input) => input };

/** A host to listen on: an IP address, also in brackets, or a name (RFC 1123) whose last label is no number. */
export const listenHost: Parser<string> = {
  expected: 'an IP address or a host name alone, without scheme and port',
  parse: (input) => {
    const unbracketed = input.replace(/^\[(.*)\]$/, '$1');
    if (isIP(unbracketed.replace(/%[\w.-]+$/, ''))) return unbracketed;
    const labels = unbracketed.replace(/\.$/, '').split('.');
    const isName = labels.every((label) => /^[a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?$/i.test(label));
    return isName && !/^\d+$/.test(lastOf(labels)) ? unbracketed : undefined;
  },
};

/** A folder, made absolute. */
export const folder: Parser<string> = { expected: 'a folder', parse: (input) => resolve(input) };

/** An origin: scheme, host and port, nothing more (RFC 6454). */
export const origin: Parser<string> = {
  expected: 'a URL such as https://example.com, without a path',
  parse: (input) => {
    const url = parsed(input);
    return url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` ? url.origin : undefined;
  },
};

/** Routes by country, as `RU=smsc,smsru;*=twilio`. */
export function routes(known: readonly string[]): Parser<readonly RouteRule[]> {
  return {
    expected: `countries and their providers, as RU=smsc,smsru;*=twilio, with a rule for * and providers among ${known.join(', ')}`,
    parse: (input) => {
      const rules = input.split(';').map((rule) => {
        const [country = '', list = '', ...rest] = rule.trim().split('=');
        return {
          country: country.trim(),
          providers: list.split(',').map((provider) => provider.trim()),
          isOdd: rest.length > 0,
        };
      });
      const isValid = rules.every(
        ({ country, providers, isOdd }) =>
          !isOdd &&
          (country === '*' || parseRegionCode(country) === country) &&
          new Set(providers).size === providers.length &&
          providers.every((provider) => known.includes(provider)),
      );
      const countries = rules.map(({ country }) => country);
      if (!isValid || new Set(countries).size < countries.length || !countries.includes('*')) return undefined;
      return rules.map(({ country, providers }) => ({ country, providers }));
    },
  };
}

/** Test numbers in E.164, each with a code of its own, as `+79160000001=123456,+79160000002=654321`. */
export const testNumbers: Parser<ReadonlyMap<string, string>> = {
  expected: 'numbers in E.164 with a code of four to eight digits each, as +79160000001=123456, separated by commas',
  parse: (input) => {
    const pairs = input.split(',').map((pair) => {
      const [number = '', code = '', ...rest] = pair.trim().split('=');
      return [number, code, rest] as const;
    });
    const isValid = pairs.every(([number, code, rest]) => {
      const read = parsePhoneNumber(number, { region: undefined, defaultRegion: 'RU', policy: 'possible' });
      return rest.length === 0 && read.ok && read.phoneNumber === number && /^\d{4,8}$/.test(code);
    });
    return isValid && new Set(pairs.map(([number]) => number)).size === pairs.length
      ? new Map(pairs.map(([number, code]) => [number, code]))
      : undefined;
  },
};

/** A connection string that our parser accepts; several hosts are allowed. */
export const databaseUrl: Parser<string> = {
  expected:
    'a connection string such as postgres://user:password@host:5432/name, with special characters of the password percent-encoded',
  parse: (input) => (connectionProblem(input) === undefined ? input : undefined),
  reason: connectionProblem,
};

/** Connection strings of one host each; a comma before `postgres://` separates them, since one may hold commas. */
export const databaseUrls: Parser<readonly string[]> = {
  expected:
    'connection strings of one standby each, such as postgres://user:password@host:5432/name, separated by commas',
  parse: (input) => {
    const urls = splitUrls(input);
    return urls.every((url) => standbyProblem(url) === undefined) ? urls : undefined;
  },
  reason: (input) => {
    const problem = splitUrls(input)
      .map(standbyProblem)
      .find((found) => found !== undefined);
    return problem?.replaceAll('DATABASE_URL', 'READ_URLS');
  },
};

function splitUrls(input: string): string[] {
  return input.split(/,\s*(?=\w+:\/\/)/).map((url) => url.trim());
}

function standbyProblem(url: string): string | undefined {
  const problem = connectionProblem(url);
  if (problem !== undefined) return problem;
  return parseConnectionString(url).hosts.length > 1 ? 'a connection string names several hosts' : undefined;
}

/** The reason never contains the password. */
function connectionProblem(input: string): string | undefined {
  try {
    parseConnectionString(input);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

/** A token that a client can send after `Bearer` (RFC 6750), too long to be guessed. */
export const bearerToken: Parser<string> = {
  expected: 'at least 16 letters, digits or signs of -._~+/=, without spaces',
  parse: (input) => (/^[\w.~+/=-]{16,}$/.test(input) ? input : undefined),
};

/** A country. */
export const region: Parser<RegionCode> = {
  expected: 'a country code of two letters (ISO 3166-1)',
  parse: parseRegionCode,
};

/** The served countries, and calling codes without a country, as `RU,KZ,+881`. */
export const countries: Parser<ServedCountries> = {
  expected: `ISO 3166-1 codes separated by commas, as RU,KZ; * for every country; and calling codes without a country (${callingCodesWithoutCountry.map((code) => `+${code}`).join(', ')})`,
  parse: (input) => {
    const listed = input.split(',').map((item) => item.trim());
    const isValid = listed.every(
      (item) =>
        item === '*' ||
        parseRegionCode(item) === item ||
        callingCodesWithoutCountry.some((callingCode) => item === `+${callingCode}`),
    );
    return isValid ? new Set(listed) : undefined;
  },
};

const keyLength = 32;

/** Secret keys; the first one signs. */
export const keys: Parser<readonly [string, ...string[]]> = {
  expected: `one or more random texts of at least ${keyLength} characters each, separated by commas`,
  parse: (input) => {
    const [first, ...previous] = input.split(',').map((key) => key.trim());
    const all = [first ?? '', ...previous] as const;
    return all.every((key) => key.length >= keyLength && new Set(key).size >= 8) ? all : undefined;
  },
};

/** The proxies whose `X-Forwarded-For` is trusted: none, a number of hops, or these IP addresses and networks. */
export const proxies: Parser<false | number | string[]> = {
  expected: 'off, the number of proxies before us (1 to 10), or their IP addresses and networks, separated by commas',
  parse: (input) => {
    if (input === 'off') return false;
    if (/^\d+$/.test(input)) return Number(input) >= 1 && Number(input) <= 10 ? Number(input) : undefined;
    const listed = input.split(',').map((item) => item.trim());
    return listed.every(isNetwork) ? listed : undefined;
  },
};

/** Networks in CIDR notation, and single IP addresses. */
export const networks: Parser<readonly IpNetwork[]> = {
  expected: 'IP addresses and networks in CIDR notation, separated by commas',
  parse: (input) => {
    const parsed = input.split(',').map((item) => parseNetwork(item.trim()));
    const found = parsed.flatMap((one) => (one.ok ? [one.network] : []));
    return found.length === parsed.length ? found : undefined;
  },
};

/** Whether no eavesdropper can read requests to this URL: it uses TLS, or is on this machine. */
export function isSecureOrigin(origin: string): boolean {
  return new URL(origin).protocol === 'https:' || isLoopback(origin);
}

/** Whether this URL is on this machine. */
export function isLoopback(origin: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(origin).hostname);
}

function parsed(input: string): URL | undefined {
  return URL.canParse(input) ? new URL(input) : undefined;
}

function isNetwork(text: string): boolean {
  const [ip = '', bits, ...rest] = text.split('/');
  const version = isIP(ip);
  return (
    version !== 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  );
}
