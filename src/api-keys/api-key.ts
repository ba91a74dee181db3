import { formatNetwork, parseNetwork } from '../limits/ip-network.ts';
import { type Scope, scopes } from '../operators/act.ts';
import type { ActRefusal } from '../operators/actor.ts';

/** The lifetime of a key in days, and the seconds for which a replaced secret stays valid, if an operator names none. */
export const keyDefaults = { lifetimeDays: 365, overlapSeconds: 86_400, requestsPerMinute: 600 } as const;

/** The bounds of what an operator may choose for a key. */
export const keyBounds = {
  nameLength: 100,
  networks: 50,
  lifetimeDays: 3650,
  overlapSeconds: 30 * 86_400,
  requestsPerMinute: 100_000,
} as const;

/** The choices of an operator for a new key. */
export interface KeyInput {
  readonly name: string;
  readonly scopes: readonly string[];
  /** The networks of its clients in CIDR notation; none means every network. */
  readonly networks: readonly string[];
  readonly lifetimeDays: number;
  readonly requestsPerMinute: number;
}

/** An invalid choice. */
export type KeyInputRefusal =
  | { readonly ok: false; readonly code: 'key_name_invalid' }
  | { readonly ok: false; readonly code: 'scope_unknown'; readonly scope: string }
  | { readonly ok: false; readonly code: 'scopes_missing' }
  | {
      readonly ok: false;
      readonly code: 'network_invalid';
      readonly network: string;
      readonly meant: string | undefined;
    }
  | { readonly ok: false; readonly code: 'networks_too_many'; readonly max: number }
  | { readonly ok: false; readonly code: 'number_out_of_range'; readonly field: NumberField; readonly max: number };

type NumberField = 'lifetimeDays' | 'requestsPerMinute' | 'overlapSeconds';

/** The refusal of an act on keys. */
export type KeyRefusal =
  | KeyInputRefusal
  | ({ readonly ok: false } & ActRefusal)
  | { readonly ok: false; readonly code: 'key_unknown' }
  | { readonly ok: false; readonly code: 'key_revoked' }
  /** Two secrets are valid already, the older one until then. */
  | { readonly ok: false; readonly code: 'key_overlaps'; readonly until: Date };

/** The choices for a key, validated. */
export type CheckedKeyInput = Omit<KeyInput, 'scopes'> & { readonly scopes: readonly Scope[] };

/** Validates the choices for a key, and writes its networks in one spelling. */
export function checkKeyInput(
  input: KeyInput,
): { readonly ok: true; readonly input: CheckedKeyInput } | KeyInputRefusal {
  const name = input.name.trim();
  if (name === '' || [...name].length > keyBounds.nameLength || /\p{C}/u.test(name))
    return { ok: false, code: 'key_name_invalid' };
  const chosen = scopes.filter((scope) => input.scopes.includes(scope));
  const unknown = input.scopes.find((scope) => !isScope(scope));
  if (unknown !== undefined) return { ok: false, code: 'scope_unknown', scope: unknown };
  if (chosen.length === 0) return { ok: false, code: 'scopes_missing' };
  if (input.networks.length > keyBounds.networks)
    return { ok: false, code: 'networks_too_many', max: keyBounds.networks };
  const networks: string[] = [];
  for (const text of input.networks) {
    const parsed = parseNetwork(text);
    if (!parsed.ok) {
      const meant = parsed.reason === 'host_bits' ? parsed.meant : undefined;
      return { ok: false, code: 'network_invalid', network: text, meant };
    }
    networks.push(formatNetwork(parsed.network));
  }
  const refusal =
    checkNumber('lifetimeDays', input.lifetimeDays, 1) ?? checkNumber('requestsPerMinute', input.requestsPerMinute, 1);
  return refusal ?? { ok: true, input: { ...input, name, scopes: chosen, networks } };
}

/** The refusal of a number outside of its bounds. */
export function checkNumber(field: NumberField, value: number, min: number): KeyInputRefusal | undefined {
  const max = keyBounds[field];
  return Number.isInteger(value) && value >= min && value <= max
    ? undefined
    : { ok: false, code: 'number_out_of_range', field, max };
}

function isScope(text: string): text is Scope {
  return scopes.some((scope) => scope === text);
}
