import { join } from 'node:path';
import { createDatabase, openTestDatabase } from '../../../test/support/create-database.ts';
import { Postgres } from '../../../test/support/postgres.ts';
import { buildProduct } from '../product.ts';
import { inSandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { killWebhooks } from '../webhook-kills.ts';

/** `kill -9` at every step of sealing, queuing and sending events; `--times` says how often, `--minutes` for how long at most. */
export const scenario: Scenario = {
  name: 'webhooks',
  promise: 'whoever dies while events are queued and sent, none is lost, and what comes twice has the same id',
  run: ({ times = '60', minutes = '60' }) =>
    inSandbox(async ({ folder, cleanup }) => {
      await buildProduct();
      const server = await Postgres.start({ folder: join(folder, 'postgres') });
      cleanup(() => server.stop());
      const url = await createDatabase(server.url(), 'webhooks');
      const { sql, close } = openTestDatabase(url, 8);
      cleanup(close);
      const modules = new URL('../../../dist/', import.meta.url);
      return figuresOf(
        await killWebhooks(
          sql,
          url,
          { modules, extension: '.js', words: [] },
          { times: Number(times), minutes: Number(minutes) },
        ),
      );
    }),
};

/** What was lost, invented or out of order. */
export function figuresOf(result: Awaited<ReturnType<typeof killWebhooks>>): Figure[] {
  const { killed, written, received, trail } = result;
  const paths = ['/one', '/two'];
  const lost = paths.flatMap((path) => {
    const users = new Set(received.filter((one) => one.path === path).map(({ user }) => user));
    return [...written.committed].filter((user) => !users.has(user));
  });
  const invented = received.filter(({ user }) => written.rolledBack.has(user));
  const names = new Map<string, Set<string>>();
  for (const { path, user, id, sequence } of received) {
    const key = `${path} ${user}`;
    names.set(key, (names.get(key) ?? new Set()).add(`${id} ${sequence}`));
  }
  const ambiguous = [...names].filter(([, ids]) => ids.size > 1);
  const gaps = result.endpoints.filter(
    ({ newest, count, least, most }) => least !== 1 || most !== newest || count !== newest,
  );
  const again = received.length - names.size;
  const none = (what: string, items: readonly unknown[]): Figure => ({
    what,
    figure: String(items.length),
    bound: '0',
    ok: items.length === 0,
  });
  const counts = [...new Set(killed)].map((moment) => `${killed.filter((one) => one === moment).length} ${moment}`);
  return [
    { what: 'kill -9', figure: `${killed.length}: ${counts.join(', ')}`, ok: true },
    {
      what: 'events that were committed',
      figure: `${written.committed.size}, and ${written.rolledBack.size} rolled back`,
      ok: written.committed.size > 0,
    },
    {
      what: 'requests that the receiver got',
      figure: `${received.length}, ${again} of them again`,
      ok: received.length > 0,
    },
    none('events that an endpoint did not get', lost),
    none('events that were rolled back, and sent', invented),
    none('events that came again under another id or number', ambiguous),
    none('endpoints whose numbers have a gap', gaps),
    { what: 'left undelivered', figure: String(result.undelivered), bound: '0', ok: result.undelivered === 0 },
    none('flaws of the audit trail', trail.code === 'verified' ? trail.flaws : [trail.code]),
    {
      what: 'delivered after the last kill, leases cut short',
      figure: `${(result.drainedMs / 1000).toFixed(1)} s`,
      ok: true,
    },
  ];
}
