import type { EventName } from '../audit/event.ts';
import type { Database } from '../db/database.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';

/** Returns the function that records an operation by this operator: a row of the audit trail and a line of the log. */
export async function recordedOperation(done: {
  event: EventName;
  phoneNumber?: PhoneNumber;
  details?: string;
}): Promise<(db: Database) => Promise<void>> {
  const { maskPhoneNumber } = await import('../kit/phone-number.ts');
  const { osUserLabel } = await import('../kit/os-user.ts');
  const { recordOperation } = await import('../audit/store.ts');
  const { createCommandLogger } = await import('../kit/logger.ts');
  const log = createCommandLogger();
  const { event, phoneNumber, details } = done;
  const number = phoneNumber && maskPhoneNumber(phoneNumber);
  const by = `operator ${osUserLabel()}`;
  return async (db) => {
    await recordOperation(db, { event, number, by, details }).catch(ignoreMissingTables);
    log.info({ event, result: 'succeeded', number, device: by, details }, 'security event');
  };
}

/** A database that no server of this version has used yet has no audit trail; only the line of the log remains. */
function ignoreMissingTables(error: { code?: string }): void {
  if (error.code !== '42P01') throw error;
}
