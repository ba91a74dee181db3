import { type ErrorClass, errorFor, type Failed, unlistedClass } from '../error-class.ts';

export type { Failed };

/**
 * The values of `command_status` that an SMSC may return for a bind or a submission (SMPP 3.4 section 5.1.3, 5.0
 * section 4.7.6), each with its class and its subject. `ESME_RSUBMITFAIL`, `ESME_RDELIVERYFAILURE` and the permanent
 * errors say no more than that the submission failed, at an SMSC that works and answers: the reason may be the
 * destination.
 */
const statuses: Readonly<Record<number, readonly [name: string, ...ErrorClass]>> = {
  1: ['ESME_RINVMSGLEN', 'rejected', 'number'],
  2: ['ESME_RINVCMDLEN', 'refused', 'account'],
  3: ['ESME_RINVCMDID', 'refused', 'account'],
  4: ['ESME_RINVBNDSTS', 'unavailable', 'provider'],
  5: ['ESME_RALYBND', 'refused', 'account'],
  6: ['ESME_RINVPRTFLG', 'refused', 'account'],
  7: ['ESME_RINVREGDLVFLG', 'refused', 'account'],
  8: ['ESME_RSYSERR', 'unavailable', 'provider'],
  10: ['ESME_RINVSRCADR', 'refused', 'account'],
  11: ['ESME_RINVDSTADR', 'rejected', 'number'],
  13: ['ESME_RBINDFAIL', 'refused', 'account'],
  14: ['ESME_RINVPASWD', 'refused', 'account'],
  15: ['ESME_RINVSYSID', 'refused', 'account'],
  20: ['ESME_RMSGQFUL', 'throttled', 'account'],
  21: ['ESME_RINVSERTYP', 'refused', 'account'],
  51: ['ESME_RINVNUMDESTS', 'rejected', 'number'],
  52: ['ESME_RINVDLNAME', 'rejected', 'number'],
  64: ['ESME_RINVDESTFLAG', 'rejected', 'number'],
  66: ['ESME_RINVSUBREP', 'refused', 'account'],
  67: ['ESME_RINVESMCLASS', 'refused', 'account'],
  69: ['ESME_RSUBMITFAIL', 'refused', 'number'],
  72: ['ESME_RINVSRCTON', 'refused', 'account'],
  73: ['ESME_RINVSRCNPI', 'refused', 'account'],
  80: ['ESME_RINVDSTTON', 'rejected', 'number'],
  81: ['ESME_RINVDSTNPI', 'rejected', 'number'],
  83: ['ESME_RINVSYSTYP', 'refused', 'account'],
  84: ['ESME_RINVREPFLAG', 'refused', 'account'],
  88: ['ESME_RTHROTTLED', 'throttled', 'account'],
  97: ['ESME_RINVSCHED', 'refused', 'account'],
  98: ['ESME_RINVEXPIRY', 'refused', 'account'],
  99: ['ESME_RINVDFTMSGID', 'refused', 'account'],
  100: ['ESME_RX_T_APPN', 'unavailable', 'provider'],
  101: ['ESME_RX_P_APPN', 'refused', 'number'],
  102: ['ESME_RX_R_APPN', 'refused', 'number'],
  192: ['ESME_RINVOPTPARSTREAM', 'refused', 'account'],
  193: ['ESME_ROPTPARNOTALLWD', 'refused', 'account'],
  194: ['ESME_RINVPARLEN', 'refused', 'account'],
  195: ['ESME_RMISSINGOPTPARAM', 'refused', 'account'],
  196: ['ESME_RINVOPTPARAMVAL', 'refused', 'account'],
  254: ['ESME_RDELIVERYFAILURE', 'refused', 'number'],
  255: ['ESME_RUNKNOWNERR', 'unavailable', 'provider'],
  256: ['ESME_RSERTYPUNAUTH', 'refused', 'account'],
  257: ['ESME_RPROHIBITED', 'refused', 'account'],
  258: ['ESME_RSERTYPUNAVAIL', 'unavailable', 'provider'],
  259: ['ESME_RSERTYPDENIED', 'refused', 'account'],
  260: ['ESME_RINVDCS', 'refused', 'account'],
  261: ['ESME_RINVSRCADDRSUBUNIT', 'refused', 'account'],
  262: ['ESME_RINVDSTADDRSUBUNIT', 'rejected', 'number'],
};

/**
 * The error of a `command_status` other than 0. An unlisted one, as the vendors' own from 0x400, is a refusal: the SMSC
 * has not accepted the message, and the reason may be the number.
 */
export function errorForCommandStatus(status: number): Failed {
  const unlisted = [`command_status 0x${status.toString(16).padStart(8, '0')}`, ...unlistedClass] as const;
  const [reason, error, about] = statuses[status] ?? unlisted;
  return errorFor([error, about], reason);
}

/** The same for a bind, which is never about a number. */
export function bindError(status: number): Failed {
  const failed = errorForCommandStatus(status);
  return failed.about === 'number' ? errorFor(['refused', 'account'], failed.reason) : failed;
}

/** The error if nothing was written. */
export function notSentError(reason: string): Failed {
  return { ok: false, error: 'unavailable', reason };
}

/** The error if the message was written but its outcome is unknown. */
export function unknownError(reason: string): Failed {
  return { ok: false, error: 'unknown', reason };
}
