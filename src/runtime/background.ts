import type { Logger } from 'pino';
import { startSealing } from '../audit/start-sealing.ts';
import type { Config } from '../config/config.ts';
import { instanceKeys } from '../config/dev-key.ts';
import type { OpenDatabase } from '../db/open.ts';
import { startWebhooks } from '../webhooks/start-webhooks.ts';
import { dispatchEvents } from '../webhooks/store.ts';
import { startCleanup } from './cleanup.ts';

/**
 * Starts the work that is nobody's request: the cleanup, the sealing of the audit trail, and webhooks. Returns the
 * function that stops it, and resolves when no attempt of a webhook is in progress.
 */
export function startBackground(
  db: OpenDatabase,
  log: Logger,
  config: Config,
  onAttempt: (result: 'delivered' | 'failed') => void,
): () => Promise<void> {
  const keys = instanceKeys(config);
  const { sessionLife, sms, auditKeepDays, webhookPrivateNetworks: allowedNetworks } = config;
  const stopSealing = startSealing({ db, log, seal: () => dispatchEvents(db, keys) });
  const stopWebhooks = startWebhooks({ db, log, keys, allowedNetworks, now: () => new Date(), onAttempt });
  const stopCleanup = startCleanup({ db, sessionLife, log, deliveriesKeepDays: sms.deliveriesKeepDays, auditKeepDays });
  return async () => {
    stopCleanup();
    stopSealing();
    await stopWebhooks();
  };
}
