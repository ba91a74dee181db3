import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { Journeys } from './journey.ts';
import { judgeCalls } from './kinds-of-call.ts';
import { Phone, type Told } from './phone.ts';
import type { Figure } from './scenario.ts';
import { Siege } from './siege.ts';
import type { Sink } from './sink.ts';

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
export async function judgeFault(
  { name, begin, seconds }: Fault,
  { ports, sink, admin }: { ports: readonly number[]; sink: Sink; admin: () => Sql },
): Promise<Figure[]> {
  const calls: Told[] = [];
  const phone = new Phone(ports, (told) => calls.push(told));
  const journeys = new Journeys(phone, sink);
  const siege = await Siege.begin(phone, sink);
  const stop = new AbortController();
  const load = Promise.all([journeys.keepOn(hands, stop.signal), siege.keepOn(stop.signal)]);
  await pause(2000);
  const from = Date.now();
  const end = await begin();
  await pause(seconds * 1000);
  await end();
  const mended = Date.now();
  await pause(healSeconds * 1000);
  stop.abort();
  await load;
  const opened = await siege.breaches();
  const sql = admin();
  const broken = await journeys.broken(sql);
  await sql.end({ timeout: 1 });
  phone.close();
  return [
    ...judgeCalls(name, calls, { from, mended }),
    {
      what: `${name}: limits, besieged`,
      figure: opened.length === 0 ? siege.told : opened.join('; '),
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
