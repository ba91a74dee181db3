import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { AbuseLoad } from './abuse-load.ts';
import { ApiClient, type RecordedCall } from './api-client.ts';
import { checkCalls } from './call-summary.ts';
import type { FakeGateway } from './fake-gateway.ts';
import type { Figure } from './scenario.ts';
import { UserJourneys } from './user-journey.ts';

/** A fault that is done to what runs, and then ended. */
export interface Fault {
  readonly name: string;
  /** Begins it; what it returns ends it. */
  begin(): Promise<() => Promise<void>>;
  readonly seconds: number;
}

const hands = 12;
const healSeconds = 8;

/**
 * People live, and somebody besieges the limits, before, during and after a fault; judged by the rules for any fault: no
 * 500, 503 with `Retry-After`, no wait over 10 s, no limit that opens, health within 5 s after it ends, nothing lost.
 */
export async function checkFault(
  { name, begin, seconds }: Fault,
  { ports, gateway, admin }: { ports: readonly number[]; gateway: FakeGateway; admin: () => Sql },
): Promise<Figure[]> {
  const calls: RecordedCall[] = [];
  const client = new ApiClient(ports, (told) => calls.push(told));
  const journeys = new UserJourneys(client, gateway);
  const abuse = await AbuseLoad.start(client, gateway);
  const stop = new AbortController();
  const load = Promise.all([journeys.run(hands, stop.signal), abuse.run(stop.signal)]);
  await pause(2000);
  const from = Date.now();
  const end = await begin();
  await pause(seconds * 1000);
  await end();
  const mended = Date.now();
  await pause(healSeconds * 1000);
  stop.abort();
  await load;
  const opened = await abuse.findViolations();
  const sql = admin();
  const broken = await journeys.findViolations(sql);
  await sql.end({ timeout: 1 });
  client.close();
  return [
    ...checkCalls(name, calls, { from, mended }),
    {
      what: `${name}: limits under abuse`,
      figure: opened.length === 0 ? abuse.summary : opened.join('; '),
      bound: 'what the limits say',
      ok: opened.length === 0,
    },
    {
      what: `${name}: breaches of what was acknowledged`,
      figure: broken.length === 0 ? `0 of ${journeys.counted.acknowledged}` : broken.slice(0, 10).join('; '),
      bound: '0',
      ok: broken.length === 0 && journeys.counted.acknowledged > 0,
    },
  ];
}
