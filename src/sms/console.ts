import type { Log } from '../kit/log.ts';
import { maskPhoneNumber } from '../kit/phone-number.ts';
import type { Provider } from './provider.ts';

/** Logs each message, its number masked, instead of sending it. For development: production refuses it. */
export function consoleProvider(log: Log): Provider {
  return {
    name: 'console',
    channel: 'sms',
    async send({ to, text }) {
      log.info({ to: maskPhoneNumber(to), text }, 'console message');
      return { ok: true };
    },
    async close() {},
  };
}
