import assert from 'node:assert/strict';

import type { DailyMax } from '../src/limits/daily.ts';
import { AppProcess } from './support/app-processes.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber, freshDatabase, openApp } from './support/harness.ts';

const of = (max: number, country = '*'): DailyMax => ({ country, unit: 'messages', max });

deepTest(
  'of 100 requests at once over three processes no more are sent than the maximum, in one row and in shards',
  async () => {
    const databaseUrl = await freshDatabase();
    const { sql } = await openApp({ databaseUrl });
    for (const [shard, amount] of [245, 240].entries()) {
      await sql`insert into daily_count values ((now() at time zone 'utc')::date, 'messages:RU', ${shard}, ${amount})`;
    }
    const env = { DAILY_MAX: JSON.stringify([of(10_000), of(40, 'KZ'), of(520, 'RU')]) };
    const processes = await Promise.all([1, 2, 3].map(() => AppProcess.start(databaseUrl, env)));
    let last = 1_000_000;
    const kazakh = () => {
      last += 1;
      return `+7701${last}`;
    };
    for (const [country, number, left, max] of [
      ['KZ', kazakh, 40, 40],
      ['RU', anyNumber, 35, 520],
    ] as const) {
      const once = (one: number) => processes[one % 3]!.call('POST', '/api/request-sms/', { phone_number: number() });
      const answers = await Promise.all(Array.from({ length: 100 }, (_, one) => once(one)));
      for (const { status, data } of answers) {
        // a machine that is busy with other tests may not get to all of a hundred in time
        if (status !== 201 && status !== 503) assert.deepEqual([status, data.code], [429, 'daily_max']);
      }
      for (let more = 0; more < 50 && (await once(0)).data.code !== 'daily_max'; more += 1);
      const [row] = await sql`select (select count(*)::int from delivery where country = ${country}) as sent,
      (select sum(amount)::int from daily_count where scope = ${`messages:${country}`}) as counted`;
      assert.deepEqual({ ...row }, { sent: left, counted: max });
    }
  },
);
