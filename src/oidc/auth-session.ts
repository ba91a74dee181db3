import type { PhoneNumber } from '../kit/phone-number.ts';
import type { Channel } from '../sms/provider.ts';
import type { Form } from './first-party-request.ts';

/** The flow of an app between its requests, as a cookie is for a browser. Times are in ms since 1970, by the database's clock. */
export interface AuthSession {
  readonly clientId: string;
  /** The authorisation request, as it was checked. */
  readonly request: Form;
  /** The thumbprint of the key that the tokens are bound to (RFC 9449), and whether each request has to prove it. */
  readonly jkt: string | undefined;
  readonly needsProof: boolean;
  readonly phoneNumber: PhoneNumber;
  /** The token of the asker at the challenge of the number, which counts the guesses. */
  readonly challengeToken: string;
  readonly deviceToken: string | undefined;
  readonly code: SentCode;
  /** Whether it has led to an authorization code; a new request may then go on with its number. */
  readonly isFinished: boolean;
}

/** The code on its way. */
export interface SentCode {
  readonly length: number;
  readonly expiresAt: number;
  readonly resendAt: number;
  readonly channel: Channel;
  readonly nextChannel: Channel;
}

/** A session that a request has presented. */
export interface FoundSession {
  readonly id: string;
  readonly session: AuthSession;
  /** The time of the database, in ms since 1970. */
  readonly now: number;
  /** The seconds until the session may be used again, if its limit is reached. */
  readonly waitSeconds: number | undefined;
}
