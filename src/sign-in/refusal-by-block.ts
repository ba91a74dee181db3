import type { BlockKind } from '../blocks/block.ts';

/** A request that a block of an operator refuses; see `blockedRequest`. */
export type BlockedRequest =
  | { readonly code: 'number_not_served' }
  | { readonly code: 'network_blocked' }
  | { readonly code: 'country_not_served'; readonly country: string };

/**
 * Returns the refusal by a block, or undefined without one. A blocked country has the response of a country that
 * `SMS_COUNTRIES` does not name, and no response depends on whether somebody has an account.
 */
export function blockedRequest(
  kind: BlockKind | null | undefined,
  country: string,
): ({ readonly ok: false } & BlockedRequest) | undefined {
  if (!kind) return undefined;
  if (kind === 'network') return { ok: false, code: 'network_blocked' };
  return kind === 'country'
    ? { ok: false, code: 'country_not_served', country }
    : { ok: false, code: 'number_not_served' };
}
