import { setTimeout as pause } from 'node:timers/promises';
import { errorCode } from '../kit/caught.ts';

/** True if the database could not be reached or gave up for now, so that the same call may work a little later. */
export function isUnavailable(error: unknown): boolean {
  const code = errorCode(error);
  return code !== '' && (connectionErrors.has(code) || temporaryStates.test(code));
}

const connectionErrors = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/**
 * SQLSTATEs (PostgreSQL, appendix A): 08 connection, 25006 the server became a standby, 40001 and 40P01 left over after
 * the retries, 53 resources, 55P03 lock timeout, 57014 statement timeout, 57P01 to 57P05 shutdown, crash, start-up, 58 the
 * system below PostgreSQL, as a disk that answers EIO.
 */
const temporaryStates = /^(08...|25006|40001|40P01|53...|55P03|57014|57P0[1-5]|58...)$/;

/** Does some work of a start, and again while the database is down, which `PrimaryConnection` logs. */
export async function onceAvailable<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      // we have closed it ourselves, and it never comes back
      if (!isUnavailable(error) || errorCode(error) === 'CONNECTION_ENDED') throw error;
      await pause(100);
    }
  }
}
