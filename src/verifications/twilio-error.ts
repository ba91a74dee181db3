import type { KeyActorRefusal } from '../api-keys/find-key-actor.ts';
import type { PhoneNumberRefusal } from '../kit/phone-number.ts';
import type { VerificationRefusal } from './verification.ts';

/** An error as Twilio Verify has it: https://www.twilio.com/docs/api/errors. */
export interface TwilioError {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

type Refusal = VerificationRefusal | PhoneNumberRefusal | KeyActorRefusal | InvalidParameter;

/** A parameter is missing or invalid. */
export interface InvalidParameter {
  readonly ok: false;
  readonly code: 'invalid_parameter';
  readonly name: string;
}

const invalid = (name: string): TwilioError => ({ status: 400, code: 60200, message: `Invalid parameter \`${name}\`` });
const blocked: TwilioError = { status: 403, code: 60410, message: 'Verification delivery attempt blocked' };
const tooManyRequests: TwilioError = { status: 429, code: 20429, message: 'Too many requests' };
const maxSends: TwilioError = { status: 429, code: 60203, message: 'Max send attempts reached' };
const maxChecks: TwilioError = { status: 429, code: 60202, message: 'Max check attempts reached' };
const notFound: TwilioError = { status: 404, code: 20404, message: 'The requested resource was not found' };
const notPermitted: TwilioError = { status: 403, code: 20003, message: 'Permission denied' };

const errors = {
  api_key_needed: { status: 401, code: 20003, message: 'Authenticate' },
  network_not_allowed: notPermitted,
  too_many_key_requests: tooManyRequests,
  act_not_allowed: notPermitted,
  reason_needed: notPermitted,
  fresh_code_needed: notPermitted,
  not_a_phone_number: invalid('To'),
  unknown_region: invalid('To'),
  mobile_number_needed: { status: 403, code: 60205, message: 'SMS is not supported by landline phone number' },
  country_not_served: { status: 403, code: 60605, message: 'Verification delivery attempt blocked (geo permissions)' },
  number_not_served: blocked,
  network_blocked: blocked,
  number_locked: blocked,
  account_blocked: blocked,
  too_many_messages: maxSends,
  daily_max: tooManyRequests,
  sending_busy: { status: 503, code: 20503, message: 'Service unavailable' },
  wrong_code: maxChecks,
  too_many_guesses: maxChecks,
  verification_unknown: notFound,
  verification_ended: notFound,
} satisfies Record<Exclude<Refusal['code'], 'invalid_parameter'>, TwilioError>;

/**
 * The error of a refusal. A wrong code is none, as long as the verification takes another one: the caller answers it with
 * the state of the verification.
 */
export function twilioErrorOf(refusal: Refusal): TwilioError {
  if (refusal.code === 'invalid_parameter') return invalid(refusal.name);
  return refusal.code === 'verification_ended' && refusal.status === 'used_up' ? maxChecks : errors[refusal.code];
}

/** The error of a failure of the server, or of a request that no route takes, by its HTTP status. */
export function twilioErrorByStatus(status: number): TwilioError {
  if (status === 404) return notFound;
  if (status === 429) return tooManyRequests;
  if (status === 503) return errors.sending_busy;
  if (status >= 500) return { status: 500, code: 20500, message: 'Internal server error' };
  return { status, code: 20001, message: 'Bad request' };
}

/** The body of an error. */
export function twilioErrorJson({ status, code, message }: TwilioError) {
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
}
