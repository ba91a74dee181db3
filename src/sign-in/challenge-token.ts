import { hash } from 'node:crypto';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { firstOf } from '../kit/present.ts';
import { random } from '../kit/random.ts';
import { derive, hmac, type SecretKeys } from '../kit/secret.ts';
import { clientIpKey } from '../limits/client-ip.ts';

const pattern = /^vouchc_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** The client that requests a code: each asker of a number has a challenge and a code of its own. */
export interface Asker {
  /** The token that a later request presents; it signs nobody in. */
  readonly token: string;
  /** Its SHA-256, under which a challenge is stored; a guess may belong to those of the other keys, too. */
  readonly hashes: readonly Buffer[];
  /** Whether the client network stands in for a token that the request lacks. */
  readonly isOfNetwork: boolean;
  /** The IP address of the client, which a block may refuse. */
  readonly clientIp: string;
}

/** A new challenge token: 256 unpredictable bits. */
export function newChallengeToken(): string {
  return formatChallengeToken(random.bytes(32));
}

/** The hash of a challenge token, under which a challenge is stored. */
export function hashChallengeToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** Whether a text has the form of a challenge token. */
export function isChallengeToken(text: string): boolean {
  return pattern.test(text);
}

/**
 * Parses the token of a request. Without one the client network stands in, unless the token `isNeeded`; a malformed one is
 * refused, so that a client notices its mistake.
 */
export function parseChallengeToken(
  text: string | null | undefined,
  isNeeded: boolean,
): { readonly ok: true; readonly token: string | undefined } | ChallengeNeeded {
  if (text ? !isChallengeToken(text) : isNeeded) return { ok: false, code: 'challenge_needed' };
  return { ok: true, token: text || undefined };
}

/** A token is missing or malformed. */
export interface ChallengeNeeded {
  readonly ok: false;
  readonly code: 'challenge_needed';
}

/**
 * The asker of a request: by its token, or else by its client network (an IPv4 address, or the /64 of an IPv6 address),
 * whose token is a MAC of the number and the network, so that the clients of the first API need none.
 */
export function askerOf(
  keys: SecretKeys,
  { phoneNumber, clientIp, challengeToken }: AskerInput,
  needsToken: boolean,
): Asker {
  if (challengeToken !== undefined || needsToken)
    return asker([challengeToken ?? newChallengeToken()], false, clientIp);
  const message = `${phoneNumber} ${clientIpKey(clientIp)}`;
  return asker(derivedChallengeTokens(keys, 'a network', message), true, clientIp);
}

/**
 * Challenge tokens that follow from a message, one for each key, the current one first: for an asker that keeps none, such
 * as a client network, or an API key. Without the keys nobody can tell them.
 */
export function derivedChallengeTokens(keys: SecretKeys, kind: 'a network' | 'an API key', message: string): string[] {
  return keys.all.map(({ key }) => formatChallengeToken(hmac(derive(key, `challenge token of ${kind}`), message)));
}

function asker(tokens: readonly string[], isOfNetwork: boolean, clientIp: string): Asker {
  const hashes = tokens.map(hashChallengeToken);
  return { token: firstOf(tokens), hashes, isOfNetwork, clientIp };
}

/** The parts of a request that tell its asker. */
export interface AskerInput {
  readonly phoneNumber: PhoneNumber;
  readonly clientIp: string;
  readonly challengeToken: string | undefined;
}

function formatChallengeToken(bytes: Buffer): string {
  return `vouchc_${bytes.toString('base64url')}`;
}
