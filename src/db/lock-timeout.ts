import { errorCode } from '../kit/caught.ts';

/** Whether a lock was not there in time: SQLSTATE 55P03, `lock_not_available`. */
export function isLockTimeout(error: unknown): boolean {
  return errorCode(error) === '55P03';
}
