import type { Database } from '../db/database.ts';
import type { MessageLabels } from '../metrics/metrics.ts';
import type { Attempt, Outcome, OutgoingMessage } from './delivery.ts';
import type { FinishedDelivery } from './queue-snapshot.ts';

/**
 * The result of marking a message: `dropped` is too late for its code; `taken` belongs to another process, or its
 * challenge has ended.
 */
export type ClaimResult = 'sending' | 'dropped' | 'taken';

/** Marks messages as being sent, and returns which of them may be sent. */
export async function startAttempts(db: Database, attempts: readonly Attempt[]): Promise<ClaimResult[]> {
  const rows = await db.call<{ id: string; state: 'sending' | 'dropped' }>('start_attempts', {
    phone_numbers: attempts.map(({ phoneNumber }) => phoneNumber),
    ids: attempts.map(({ id }) => id),
    ...attemptArguments(attempts),
  });
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  return attempts.map(({ id }) => states.get(id) ?? 'taken');
}

/** The outcome of an attempt, and the attempt at another provider that follows, if there is one. */
export interface AttemptResult {
  readonly attempt: Pick<Attempt, 'id' | 'phoneNumber'>;
  readonly outcome: Outcome;
  readonly next?: Attempt | undefined;
}

/**
 * Records outcomes of attempts together with the attempts that follow, and returns which of those may be made. A
 * message that was given up as unknown meanwhile gets its outcome after all; an earlier receipt stays.
 */
export async function finishAttempts(db: Database, results: readonly AttemptResult[]): Promise<boolean[]> {
  const outcomes = results.map(({ outcome }) => outcome);
  const rows = await db.call<{ id: string }>('finish_attempts', {
    phone_numbers: results.map(({ attempt }) => attempt.phoneNumber),
    ids: results.map(({ attempt }) => attempt.id),
    states: outcomes.map(({ state }) => state),
    references: outcomes.map((one) => (one.state === 'accepted' ? one.reference : undefined)),
    sent_segments: outcomes.map((one) => (one.state === 'accepted' ? one.segments : undefined)),
    errors: outcomes.map((one) => (one.state === 'accepted' ? undefined : one.error)),
    reasons: outcomes.map((one) => (one.state === 'accepted' ? undefined : one.reason)),
    next_ids: results.map(({ next }) => next?.id),
    ...attemptArguments(results.map(({ next }) => next)),
  });
  const started = new Set(rows.map(({ id }) => id));
  return results.map(({ next }) => next !== undefined && started.has(next.id));
}

/**
 * Takes over abandoned messages that were never sent, under a new lease. A message that is `sending` for longer than
 * the timeout becomes `unknown` and is not sent again. Looks at messages of the last `seconds`. Returns the messages to
 * send, and the finished ones.
 */
export async function claimAbandoned(
  db: Database,
  max: number,
  seconds: number,
): Promise<{ claimed: OutgoingMessage[]; finished: FinishedDelivery[] }> {
  const rows = await db.call<{ message: AbandonedMessage }>('claim_abandoned', { max, seconds });
  const messages = rows.map(({ message }) => message);
  return {
    claimed: messages.filter(({ state }) => state === 'waiting').map((one) => ({ ...one, isOverdue: true })),
    finished: messages.flatMap(({ state, country, channel, provider }) =>
      state === 'waiting' ? [] : [{ country, channel, provider, end: state, seconds: null }],
    ),
  };
}

/** An abandoned message in its new state: `waiting` under our lease, or finished. */
type AbandonedMessage = OutgoingMessage & MessageLabels & { readonly state: 'waiting' | 'unknown' | 'dropped' };

function attemptArguments(attempts: readonly (Attempt | undefined)[]) {
  return {
    providers: attempts.map((one) => one?.provider),
    channels: attempts.map((one) => one?.channel),
    segments: attempts.map((one) => one?.segments),
    prices: attempts.map((one) => one?.price),
    currencies: attempts.map((one) => one?.currency),
  };
}
