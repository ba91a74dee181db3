import { type ProviderVariable, providerVariables } from './provider-variables.ts';
import type { Variable } from './variable.ts';
import type { Env } from './variable-values.ts';
import { variables } from './variables.ts';

/** A setting as it is in force, for a person who may read no secret. */
export interface Setting {
  readonly name: string;
  /** Null for a secret. */
  readonly value: string | null;
  /** The environment or `.env`, the file of `NAME_FILE`, or nothing. */
  readonly source: 'set' | 'file' | 'default';
}

/** All settings, in the order of the README; those of providers only if they are set. */
export function settingsOf(env: Env): readonly Setting[] {
  const own = Object.entries<Variable<unknown>>(variables).map(([name, variable]) => settingOf(env, name, variable));
  const ofProviders = Object.values(providerVariables).flatMap((settings) =>
    Object.entries<ProviderVariable<unknown>>(settings).map(([name, variable]) => settingOf(env, name, variable)),
  );
  return [...own, ...ofProviders.filter(({ source }) => source !== 'default')];
}

function settingOf(env: Env, name: string, variable: Variable<unknown> | ProviderVariable<unknown>): Setting {
  if (env[`${name}_FILE`] && variable.secret) return { name, value: null, source: 'file' };
  const text = env[name];
  if (text) return { name, value: variable.secret ? null : text, source: 'set' };
  return { name, value: defaultText(variable), source: 'default' };
}

function defaultText(variable: Variable<unknown> | ProviderVariable<unknown>): string {
  if ('defaultDescription' in variable && variable.defaultDescription)
    return variable.defaultDescription.en.replaceAll('`', '');
  return variable.default === undefined ? '' : String(variable.default || 'off');
}
