import { setTimeout as pause } from 'node:timers/promises';
import { InFlight } from './in-flight.ts';
import { type SendEventNeeds, sendEvent } from './send-event.ts';
import { claimEvents, type LeasedEvent } from './store.ts';

const pollIntervalMs = 1000;
/** The same while the queue has more: each attempt that ends makes room. */
const busyIntervalMs = 20;
const maxStopMs = 5000;
const stopPollMs = 20;
const maxClaimed = 16;
const maxInFlight = 64;
/** An endpoint with so many attempts in progress is left out of the next claim, so that a slow one leaves room for others. */
const maxOfEndpoint = 8;
/** Longer than an attempt takes, with the time in which its outcome is recorded. */
const leaseSeconds = 60;

/**
 * Starts to send events in the background, in any number of processes: each event is leased by one of them. Returns the
 * function that stops it, which resolves when no attempt is in progress, in a few seconds at most.
 */
export function startWebhooks(needs: SendEventNeeds): () => Promise<void> {
  const inFlight = new InFlight(maxOfEndpoint);
  let hasMore = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const pollIn = (ms: number) => {
    clearTimeout(timer);
    if (!isStopped) timer = setTimeout(poll, ms).unref();
  };
  const send = async (event: LeasedEvent) => {
    await sendEvent(needs, event).catch((error: Error) =>
      needs.log.warn({ err: error }, 'webhook attempt not recorded'),
    );
    inFlight.add(event.endpoint_id, -1);
    // room for another event of a queue that was not empty
    if (hasMore) pollIn(busyIntervalMs);
  };
  const poll = async (): Promise<void> => {
    hasMore = false;
    const busy = inFlight.busy();
    const max = Math.min(maxClaimed, maxInFlight - inFlight.total);
    const events = max <= 0 ? [] : await claimed(needs, max, busy);
    for (const event of events) {
      inFlight.add(event.endpoint_id, 1);
      void send(event);
    }
    hasMore = events.length > 0 || busy.length > 0 || max <= 0;
    pollIn(events.length === maxClaimed ? busyIntervalMs : pollIntervalMs);
  };
  pollIn(Math.random() * pollIntervalMs);
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    for (let waited = 0; inFlight.total > 0 && waited < maxStopMs; waited += stopPollMs) await pause(stopPollMs);
  };
}

function claimed({ db, log }: SendEventNeeds, max: number, busy: readonly string[]): Promise<readonly LeasedEvent[]> {
  return claimEvents(db, max, busy, leaseSeconds).catch((error: Error) => {
    log.warn({ err: error }, 'webhooks not read');
    return [];
  });
}
