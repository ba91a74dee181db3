import { messageUnit } from '../limits/daily.ts';
import { parsePrices } from '../sms/prices.ts';
import type { RouteRule } from '../sms/provider.ts';
import {
  type ProviderName,
  type ProviderSettings,
  type ProviderVariable,
  providerVariables,
} from './provider-variables.ts';
import type { ParsedValues } from './variables.ts';

/** Reads the variables of each provider that a route names; `read` reports values that it cannot parse. */
export function readProviders(
  rules: readonly RouteRule[],
  read: (name: string, variable: ProviderVariable<unknown>) => unknown,
  problems: string[],
): ProviderSettings {
  const selected = new Set(rules.flatMap(({ providers }) => providers).filter(isProviderName));
  const settings = [...selected].map((provider) => {
    const variables: Readonly<Record<string, ProviderVariable<unknown>>> = providerVariables[provider];
    const values = Object.entries(variables).map(([name, variable]) => {
      const before = problems.length;
      const value = read(name, variable);
      if (variable.required && value === undefined && problems.length === before) {
        problems.push(
          `${name} is needed by the provider ${provider} of SMS_ROUTES. Example: ${name}=${variable.example}`,
        );
      }
      if (variable.secret && value === variable.example) {
        problems.push(
          `${name} is the example of the documentation, which everybody knows. Example: ${name}=${variable.example}`,
        );
      }
      return [name, value];
    });
    const byName = Object.fromEntries(values);
    if (provider === 'twilio' && !byName.TWILIO_FROM && !byName.TWILIO_MESSAGING_SERVICE_SID) {
      problems.push('TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID is needed. Example: TWILIO_FROM=+15550100');
    }
    return [provider, byName];
  });
  return Object.fromEntries(settings);
}

function isProviderName(name: string): name is ProviderName {
  return Object.hasOwn(providerVariables, name);
}

/** Returns the conflicts between variables of messages. */
export function smsProblems(
  values: ParsedValues,
  prices: { readonly text: string } | { readonly reason: string } | undefined,
): string[] {
  const problems: string[] = [];
  if (prices && 'reason' in prices) {
    problems.push(
      `SMS_PRICES names a file that cannot be read: ${values.SMS_PRICES} (${prices.reason}). Example: SMS_PRICES=/etc/vouch/sms-prices.csv`,
    );
  }
  const read = prices && 'text' in prices ? parsePrices(prices.text) : undefined;
  for (const { line, problem } of read && !read.ok ? read.problems : []) {
    problems.push(`SMS_PRICES: line ${line}: ${problem}. Example: twilio,DE,0.085,EUR`);
  }
  const currency = read?.ok ? read.currency : undefined;
  for (const unit of new Set(values.SMS_DAILY_MAX?.map((max) => max.unit))) {
    if (unit !== messageUnit && unit !== currency && (prices === undefined || currency !== undefined)) {
      problems.push(
        `SMS_DAILY_MAX names ${unit}, and SMS_PRICES ${currency ? `has prices in ${currency}` : 'is not there'}: its money would never be counted. Example: SMS_DAILY_MAX=*=5000`,
      );
    }
  }
  const lengths = [...(values.TEST_NUMBERS?.values() ?? [])].map(({ length }) => length);
  if (values.CODE_LENGTH !== undefined && lengths.some((length) => length !== values.CODE_LENGTH)) {
    problems.push(
      `TEST_NUMBERS needs codes of ${values.CODE_LENGTH} digits, as CODE_LENGTH says. Example: TEST_NUMBERS=+79160000001=${'123456789'.slice(0, values.CODE_LENGTH)}`,
    );
  }
  return problems;
}
