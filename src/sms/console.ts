import type { Log } from '../kit/log.ts';
import type { Gateway } from './gateway.ts';

/** Prints each message to the log instead of sending it. For development: production refuses it at start. */
export function consoleGateway(log: Log): Gateway {
  return {
    async send({ to, text }) {
      log.info(`SMS to ${to}: ${text.replaceAll('\n', ' ')}`);
    },
  };
}
