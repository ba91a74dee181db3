import type { PhoneNumber } from '../kit/phone-number.ts';
import type { ActRefusal } from '../operators/actor.ts';
import type { RequestRefusal, VerifyRefusal } from '../sign-in/challenge.ts';

/** The states of a verification. */
export const verificationStatuses = ['pending', 'approved', 'canceled', 'expired'] as const;
/** The state of a verification. */
export type VerificationStatus = (typeof verificationStatuses)[number];

/** A verification of a number by an API key. */
export interface Verification {
  /** The id of the challenge whose code approves it. */
  readonly id: string;
  readonly phone_number: PhoneNumber;
  readonly channel: string;
  /** The messages that were requested. */
  readonly sent: number;
  readonly created_at: Date;
  readonly expires_at: Date;
  /** The time of its last change of state. */
  readonly changed_at: Date;
  readonly status: VerificationStatus;
}

/** The reason for which a verification takes no code: its state, or five wrong codes. */
export type EndedStatus = Exclude<VerificationStatus, 'pending'> | 'used_up';

/** A refusal of a verification. */
export type VerificationRefusal =
  | RequestRefusal
  | VerifyRefusal
  | ({ readonly ok: false } & ActRefusal)
  /** There is none with this id, or it belongs to another API key. */
  | { readonly ok: false; readonly code: 'verification_unknown' }
  | { readonly ok: false; readonly code: 'verification_ended'; readonly status: EndedStatus };
