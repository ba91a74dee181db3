import { setTimeout as pause } from 'node:timers/promises';
import { deleteOldRequests } from '../admin/store.ts';
import { changeMonths } from '../audit/months-store.ts';
import { deleteEndedBlocks } from '../blocks/store.ts';
import type { DeletedBatch } from '../db/delete-by-key.ts';
import { dropUnusedFunctions } from '../db/functions.ts';
import { deleteOldStandbys } from '../db/standbys/delete-old-standbys.ts';
import { changeDays, deleteOldDeliveries } from '../deliveries/days-store.ts';
import { deleteOldReferences } from '../deliveries/receipt-store.ts';
import { deleteExpiredCounted } from '../invites/counted-invite.ts';
import { deleteOldCounts } from '../limits/daily-store.ts';
import { deleteFullBuckets, deleteOldRefusals } from '../limits/store.ts';
import { deleteExpiredNames, deleteExpiredRecords } from '../oidc/store.ts';
import { deleteOldDevices } from '../sessions/device-store.ts';
import { deleteExpiredLegacyTokens } from '../sessions/legacy-token.ts';
import { deleteExpiredSessions, deleteIdleSessions, type SessionNeeds } from '../sessions/store.ts';
import { deleteExpiredChallenges, deleteIdleNumbers } from '../sign-in/delete-expired-challenges.ts';
import { deleteOldVerifications } from '../verifications/store.ts';
import { deleteExpiredLogouts } from '../webhooks/logout-store.ts';
import { deleteOldWebhooks } from '../webhooks/store.ts';

/** The dependencies of the cleanup. */
export type CleanupNeeds = SessionNeeds & { readonly deliveriesKeepDays: number; readonly auditKeepDays: number };

/**
 * Starts the cleanup of expired rows in the background, once a minute, in any number of processes at once; returns the
 * function that stops it. The first run is within a minute, at random, so that processes that started together do not
 * clean up together.
 */
export function startCleanup(needs: CleanupNeeds): () => void {
  const stop = new AbortController();
  const run = async (): Promise<void> => {
    await cleanUp(needs, stop.signal);
    if (!stop.signal.aborted) timer = setTimeout(run, intervalMs).unref();
  };
  let timer = setTimeout(run, Math.random() * intervalMs).unref();
  return () => {
    stop.abort();
    clearTimeout(timer);
  };
}

const intervalMs = 60_000;
/** The coming days whose partitions are made; a connection takes memory for each. */
const daysAhead = 2;
const monthsAhead = 1;

/**
 * Deletes all expired rows: a batch of each kind in turn, so that many rows of one kind do not hold up the others.
 * After each batch it pauses for as long as the batch took, so that the database has as much time for requests. Never
 * throws: a kind that fails is left for the next run.
 */
export async function cleanUp(needs: CleanupNeeds, stop: AbortSignal): Promise<void> {
  await dropUnusedFunctions(needs.db.sql).catch((error: Error) =>
    needs.log.warn({ err: error }, 'unused functions not dropped'),
  );
  const warn = (error: Error) => needs.log.warn({ err: error }, 'clean-up failed');
  const days = await changeDays({ ...needs, keepDays: needs.deliveriesKeepDays, daysAhead }).catch(warn);
  await changeMonths({ ...needs, keepDays: needs.auditKeepDays, monthsAhead }).catch(warn);
  let kinds = expiredKinds(needs);
  // a day that could not be dropped now is dropped by the next run, sooner than its rows would be deleted
  if (!days?.isLeft)
    kinds.push({ deleteBatch: (from) => deleteOldDeliveries(needs.db, from, needs.deliveriesKeepDays), from: epoch });
  while (kinds.length > 0) {
    const remaining: ExpiredRows[] = [];
    for (const { deleteBatch: bite, from } of kinds) {
      if (stop.aborted) return;
      const startedAt = performance.now();
      const batch = await bite(from).catch(warn);
      if (batch?.hasMore) remaining.push({ deleteBatch: bite, from: batch.nextFrom ?? from });
      if (batch && batch.deleted > 0) await pause(performance.now() - startedAt, undefined, { ref: false });
    }
    kinds = remaining;
  }
}

/** The kinds of rows that expire, apart from messages, which go by whole days. */
function expiredKinds(needs: CleanupNeeds): ExpiredRows[] {
  return [
    { deleteBatch: (from) => deleteExpiredSessions(needs, from), from: epoch },
    { deleteBatch: (from) => deleteIdleSessions(needs, from), from: epoch },
    { deleteBatch: (from) => deleteExpiredLegacyTokens(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteExpiredChallenges(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteIdleNumbers(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteOldDevices(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteExpiredCounted(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteFullBuckets(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteOldRefusals(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteOldCounts(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteOldReferences(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteOldRequests(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteOldVerifications(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteOldStandbys(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteOldWebhooks(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteExpiredLogouts(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteEndedBlocks(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteExpiredRecords(needs.db, from), from: epoch },
    { deleteBatch: (from) => deleteExpiredNames(needs.db, from), from: epoch },
  ];
}

interface ExpiredRows {
  readonly deleteBatch: (from: Date) => Promise<DeletedBatch>;
  readonly from: Date;
}

const epoch = new Date(0);
