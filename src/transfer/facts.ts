import type { AccountKeys } from '../accounts/account.ts';
import type { Candidate, Fields } from './person.ts';

/** An account that a record of a file is compared with. */
export interface KnownAccount {
  readonly externalId: string | null;
  /** The hash of the record that was imported last; null for an account that was never imported. */
  readonly hash: string | null;
  readonly fields: Fields;
}

/** An invite, by its account. */
export interface KnownInvite {
  readonly code: string;
  readonly redeemedCode: string | null;
  readonly isOpen: boolean;
}

/** The state that a batch meets. Planning a batch adds to it, so that later records see earlier ones. */
export interface Facts {
  readonly numbers: Map<string, { readonly accountId: string; readonly isUnproven: boolean }>;
  /** Owners by the keys of `reserved_name`. */
  readonly names: Map<string, string>;
  /** Owners by codes as they are written. */
  readonly codes: Map<string, string>;
  readonly accounts: Map<string, KnownAccount>;
  readonly invites: Map<string, KnownInvite>;
}

/** The keys by which the state of a batch is found. */
export interface FactKeys {
  readonly numbers: readonly string[];
  readonly names: readonly string[];
  readonly codes: readonly string[];
}

/** The keys of a batch. */
export function keysOf(candidates: readonly Candidate[]): FactKeys {
  return {
    numbers: candidates.map(({ phoneNumber }) => phoneNumber),
    names: candidates.flatMap(({ keys, externalId }) => [...nameKeys(keys), ...externalKey(externalId)]),
    codes: candidates.flatMap(({ code, inviterCode }) => [code ?? [], inviterCode ?? []].flat()),
  };
}

/** The keys of `reserved_name` for a user name and an address, as `vouch.name_keys` makes them. */
export function nameKeys({ username, email }: AccountKeys): string[] {
  return [
    ...(username ? [`small:${username.small}`, `capital:${username.capital}`, `written:${username.written}`] : []),
    ...(email === null ? [] : [`email:${email}`]),
  ];
}

/** The key of `reserved_name` for an external id. */
export function externalKey(externalId: string | null): string[] {
  return externalId === null ? [] : [`external:${externalId}`];
}
