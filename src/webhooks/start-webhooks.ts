import { setTimeout as pause } from 'node:timers/promises';
import { type SendEventNeeds, sendEvent } from './send-event.ts';
import { claimEvents } from './store.ts';

const pollIntervalMs = 1000;
const maxStopMs = 5000;
const stopPollMs = 20;
const maxClaimed = 16;
const maxInFlight = 64;
/** A slow endpoint has no more attempts at once, so that the others have the rest. */
const maxOfEndpoint = 8;
/** Longer than an attempt takes, with the time in which its outcome is recorded. */
const leaseSeconds = 60;

/**
 * Starts to send events in the background, in any number of processes: each event is leased by one of them. Returns the
 * function that stops it, which resolves when no attempt is in progress, in a few seconds at most.
 */
export function startWebhooks(needs: SendEventNeeds): () => Promise<void> {
  const inFlight = new Map<string, number>();
  let total = 0;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const send = async (event: Parameters<typeof sendEvent>[1]) => {
    count(event.endpoint_id, 1);
    await sendEvent(needs, event).catch((error: Error) =>
      needs.log.warn({ err: error }, 'webhook attempt not recorded'),
    );
    count(event.endpoint_id, -1);
  };
  const count = (endpoint: string, change: number) => {
    total += change;
    const ofEndpoint = (inFlight.get(endpoint) ?? 0) + change;
    if (ofEndpoint > 0) inFlight.set(endpoint, ofEndpoint);
    else inFlight.delete(endpoint);
  };
  const poll = async (): Promise<void> => {
    const busy = [...inFlight].filter(([, n]) => n >= maxOfEndpoint).map(([endpoint]) => endpoint);
    const max = Math.min(maxClaimed, maxInFlight - total);
    const events =
      max <= 0
        ? []
        : await claimEvents(needs.db, max, busy, leaseSeconds).catch((error: Error) => {
            needs.log.warn({ err: error }, 'webhooks not read');
            return [];
          });
    for (const event of events) void send(event);
    if (!isStopped) timer = setTimeout(poll, events.length === maxClaimed ? 50 : pollIntervalMs).unref();
  };
  timer = setTimeout(poll, Math.random() * pollIntervalMs).unref();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    for (let waited = 0; total > 0 && waited < maxStopMs; waited += stopPollMs) await pause(stopPollMs);
  };
}
