import type { Log } from '../kit/log.ts';
import { maskPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import type { Gateway } from './gateway.ts';

/** Prints each message to the log, its number masked, instead of sending it. For development: production refuses it. */
export function consoleGateway(log: Log): Gateway {
  return {
    async send({ to, text }) {
      log.info(`SMS to ${maskPhoneNumber(to as PhoneNumber)}: ${text.replaceAll('\n', ' ')}`);
    },
  };
}
