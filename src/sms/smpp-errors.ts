import type { SendError, Sent } from './provider.ts';

/** An error of a sending. */
export type Failed = Sent & { readonly ok: false };

/**
 * The values of `command_status` that an SMSC may give to a bind or a submission (SMPP 3.4 section 5.1.3), each with who
 * is at fault: the destination or the text of this message, our account with its sender and its rights, our speed, or
 * the SMSC. `ESME_RSUBMITFAIL` says no more than that the submission failed, of an SMSC that works and answers, so the
 * next provider is tried as for any refusal.
 */
const statuses: Readonly<Record<number, readonly [name: string, error: SendError]>> = {
  1: ['ESME_RINVMSGLEN', 'rejected'],
  4: ['ESME_RINVBNDSTS', 'unavailable'],
  5: ['ESME_RALYBND', 'refused'],
  8: ['ESME_RSYSERR', 'unavailable'],
  10: ['ESME_RINVSRCADR', 'refused'],
  11: ['ESME_RINVDSTADR', 'rejected'],
  13: ['ESME_RBINDFAIL', 'refused'],
  14: ['ESME_RINVPASWD', 'refused'],
  15: ['ESME_RINVSYSID', 'refused'],
  20: ['ESME_RMSGQFUL', 'throttled'],
  21: ['ESME_RINVSERTYP', 'refused'],
  69: ['ESME_RSUBMITFAIL', 'refused'],
  72: ['ESME_RINVSRCTON', 'refused'],
  73: ['ESME_RINVSRCNPI', 'refused'],
  80: ['ESME_RINVDSTTON', 'rejected'],
  81: ['ESME_RINVDSTNPI', 'rejected'],
  83: ['ESME_RINVSYSTYP', 'refused'],
  88: ['ESME_RTHROTTLED', 'throttled'],
  98: ['ESME_RINVEXPIRY', 'refused'],
  100: ['ESME_RX_T_APPN', 'unavailable'],
  255: ['ESME_RUNKNOWNERR', 'unavailable'],
};

/**
 * What a `command_status` other than 0 says. One that is not above, as the vendors' own from 0x400, is a refusal: the
 * SMSC has not taken the message, and why is between it and our account.
 */
export function failedByStatus(status: number): Failed {
  const [why, error] = statuses[status] ?? [`command_status 0x${status.toString(16).padStart(8, '0')}`, 'refused'];
  return { ok: false, error, why };
}

/** Nothing was written. */
export function notSent(why: string): Failed {
  return { ok: false, error: 'unavailable', why };
}

/** It was written, and what became of it nobody said. */
export function maybeSent(why: string): Failed {
  return { ok: false, error: 'unknown', why };
}
