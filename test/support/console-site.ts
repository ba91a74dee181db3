import type { BrowserContext } from 'playwright-core';
import type { Role } from '../../src/operators/act.ts';
import { openSite } from './browser.ts';
import { signedInOperator } from './console-client.ts';
import type { TestApp } from './harness.ts';
import { messageId } from './message-id.ts';

/** The product with a console, listening on a port of its own. */
export function openConsoleSite(options: Parameters<typeof openSite>[0] = {}): Promise<TestApp & { url: string }> {
  return openSite({ console: { path: '/console', isAlone: false, settings: [] }, ...options });
}

/** Gives a browser the session of a new operator. */
export async function enterAs(
  site: TestApp & { url: string },
  context: BrowserContext,
  role: Role,
): Promise<{ phoneNumber: string; account: string }> {
  const client = await signedInOperator(site, role);
  await context.addCookies([...client.cookies].map(([name, value]) => ({ name, value, url: site.url })));
  return { phoneNumber: client.phoneNumber, account: client.account };
}

const countries = ['RU', 'RU', 'RU', 'KZ', 'DE', 'UZ'];

/** Fills two days, today and a week ago, with messages as a small service sends them. */
export async function fillMessages(site: TestApp, count = 400): Promise<void> {
  for (const days of [0, 7]) {
    const ahead = site.clock.aheadMs / 1000;
    const at = `(date_trunc('day', now() + interval '${ahead} seconds') - interval '${days} days'
      + interval '1 day' * least(random(), extract(epoch from (now() + interval '${ahead} seconds'
        - date_trunc('day', now() + interval '${ahead} seconds'))) / 86400 * (case ${days} when 0 then random() else 1 end)))`;
    await site.sql.unsafe(`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country,
        prefix, language, state, channel, provider, segments, price, currency, requested_at, useful_until, sent_at,
        accepted_at, delivered_at, completed_at, failed_at, is_repeat, reason, error)
      select ${messageId('t.at')}, 1, gen_random_uuid(), 'k', 6, '+7916' || lpad((n * 7919 % 10000000)::text, 7, '0'),
        (array['${countries.join("','")}'])[1 + n % ${countries.length}], '+7916', 'ru',
        case when n % 11 = 0 then 'failed' when n % 3 = 0 then 'accepted' else 'delivered' end, 'sms',
        (array['smsc', 'smsru', 'twilio'])[1 + n % 3], 1, 2500000 + n % 5 * 1000000, 'RUB', t.at, t.at + interval '10 min',
        t.at + interval '1 s', case when n % 11 > 0 then t.at + interval '2 s' end,
        case when n % 11 > 0 and n % 3 > 0 then t.at + interval '5 s' end,
        case when n % 11 > 0 and n % 4 > 0 then t.at + interval '25 s' end,
        case when n % 11 = 0 then t.at + interval '2 s' end, false,
        case when n % 11 = 0 then 'subscriber is absent' end, case when n % 11 = 0 then 'number' end
      from (select n, ${at} as at from generate_series(1, ${count}) n) t`);
  }
}
