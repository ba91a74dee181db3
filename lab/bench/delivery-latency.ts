import { join } from 'node:path';
import postgres from 'postgres';
import { ApiClient, uniqueNumber } from '../chaos/api-client.ts';
import { FakeGateway } from '../chaos/fake-gateway.ts';
import { buildProduct, Product } from '../chaos/product.ts';
import type { Plan } from './plan.ts';
import type { Row } from './results.ts';

/**
 * How soon a message is at its provider: from the time that the statement which records it began, which is before it
 * commits, until the provider, another process, has the whole request. Clocks are of one machine.
 */
export async function measureDeliveryLatency({ url, server, dataDir, seconds }: Plan): Promise<Row[]> {
  await buildProduct();
  const gateway = await FakeGateway.open();
  const sql = postgres({ ...server, max: 1, onnotice: () => {} });
  const env = { DATABASE_URL: url, TRUST_PROXY: '1', ...gateway.env };
  const product = await Product.start({ env, log: join(dataDir, 'vouch.log') });
  const client = new ApiClient([product.port]);
  try {
    const rows: Row[] = [];
    await during(1, seconds, client, gateway);
    for (const callers of [1, 8, 32]) {
      const asked = await during(callers, seconds, client, gateway);
      const waits: number[] = [];
      for (const { phone_number, at } of await sql<{ phone_number: string; at: number }[]>`
        select phone_number, extract(epoch from requested_at)::float8 * 1000 as at from delivery
        where phone_number in ${sql(asked)}`) {
        waits.push(gateway.messagesTo(phone_number)[0]!.at - at);
      }
      waits.sort((one, other) => one - other);
      const ms = (share: number) => waits[Math.floor(waits.length * share)]!.toFixed(1);
      rows.push({ 'callers in turn': callers, messages: waits.length, 'median, ms': ms(0.5), 'p99, ms': ms(0.99) });
    }
    return rows;
  } finally {
    client.close();
    await product.stop();
    gateway.close();
    await sql.end();
  }
}

/** The numbers that so many callers asked for, one after the other each, and whose messages came. */
async function during(callers: number, seconds: number, client: ApiClient, gateway: FakeGateway): Promise<string[]> {
  const numbers: string[] = [];
  const end = performance.now() + seconds * 1000;
  const one = async () => {
    while (performance.now() < end) {
      const number = uniqueNumber();
      const { status } = await client.requestCode(number);
      if (status !== 201 || !(await gateway.waitForCode(number, 0, 10_000)))
        throw new Error(`no message for ${number}`);
      numbers.push(number);
    }
  };
  await Promise.all(Array.from({ length: callers }, one));
  return numbers;
}
