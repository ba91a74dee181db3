import { waitSentence } from '../http/problem.ts';
import { problemKinds, type RefusalTable } from '../http/refusal.ts';
import { problemTexts, sentenceOf } from '../texts/texts.ts';
import type { RedeemRefusal } from './invite.ts';
import type { LinkRefusal } from './open-link.ts';

/** The answers to the refusals of redeeming an invite code, and of looking one up. */
export const inviteRefusals = {
  invite_code_malformed: {
    status: 400,
    ...problemTexts('invite_code_malformed'),
    sentence: sentenceOf('invite_code_malformed'),
    field: 'invite_code',
    retry: null,
  },
  invite_code_unknown: {
    status: 400,
    ...problemTexts('invite_code_unknown'),
    sentence: sentenceOf('invite_code_unknown'),
    field: 'invite_code',
    retry: null,
  },
  invite_code_own: {
    status: 400,
    ...problemTexts('invite_code_own'),
    sentence: sentenceOf('invite_code_own'),
    field: 'invite_code',
    retry: null,
  },
  invite_code_already_redeemed: {
    status: 400,
    ...problemTexts('invite_code_already_redeemed'),
    sentence: sentenceOf('invite_code_already_redeemed'),
    field: 'invite_code',
    retry: null,
  },
  invite_code_circle: {
    status: 400,
    ...problemTexts('invite_code_circle'),
    sentence: sentenceOf('invite_code_circle'),
    field: 'invite_code',
    retry: null,
  },
  network_blocked: {
    status: 403,
    ...problemTexts('network_blocked'),
    sentence: sentenceOf('network_blocked'),
    field: 'invite_code',
    retry: null,
  },
  redeem_blocked: {
    status: 403,
    ...problemTexts('redeem_blocked'),
    sentence: sentenceOf('redeem_blocked'),
    field: 'invite_code',
    retry: null,
  },
  invite_not_working: {
    status: 404,
    ...problemTexts('invite_not_working'),
    sentence: sentenceOf('invite_not_working'),
    field: 'invite_code',
    retry: null,
  },
  too_many_redeem_attempts: {
    status: 429,
    ...problemTexts('too_many_redeem_attempts'),
    sentence: waitSentence('too_many_redeem_attempts'),
    field: 'invite_code',
    retry: ({ retryInSeconds, limit }) => ({ seconds: retryInSeconds, limit }),
  },
} satisfies RefusalTable<RedeemRefusal | LinkRefusal>;

/** The problem types of invite codes. */
export const inviteProblems = problemKinds(inviteRefusals);
