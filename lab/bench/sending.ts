import { join } from 'node:path';
import postgres from 'postgres';
import { anyNumber, Phone } from '../chaos/phone.ts';
import { build, Product } from '../chaos/product.ts';
import { Sink } from '../chaos/sink.ts';
import type { Plan } from './plan.ts';
import type { Row } from './results.ts';

/**
 * How soon a message is at its provider: from the time that the statement which records it began, which is before it
 * commits, until the provider, another process, has the whole request. Clocks are of one machine.
 */
export async function sendings({ url, server, dataDir, seconds }: Plan): Promise<Row[]> {
  await build();
  const sink = await Sink.open();
  const sql = postgres({ ...server, max: 1, onnotice: () => {} });
  const env = { DATABASE_URL: url, TRUST_PROXY: '1', ...sink.env };
  const product = await Product.start({ env, log: join(dataDir, 'vouch.log') });
  const phone = new Phone([product.port]);
  try {
    const rows: Row[] = [];
    await during(1, seconds, phone, sink);
    for (const callers of [1, 8, 32]) {
      const asked = await during(callers, seconds, phone, sink);
      const waits: number[] = [];
      for (const { phone_number, at } of await sql<{ phone_number: string; at: number }[]>`
        select phone_number, extract(epoch from requested_at)::float8 * 1000 as at from delivery
        where phone_number in ${sql(asked)}`) {
        waits.push(sink.to(phone_number)[0]!.at - at);
      }
      waits.sort((one, other) => one - other);
      const ms = (share: number) => waits[Math.floor(waits.length * share)]!.toFixed(1);
      rows.push({ 'callers in turn': callers, messages: waits.length, 'median, ms': ms(0.5), 'p99, ms': ms(0.99) });
    }
    return rows;
  } finally {
    phone.close();
    await product.stop();
    sink.close();
    await sql.end();
  }
}

/** The numbers that so many callers asked for, one after the other each, and whose messages came. */
async function during(callers: number, seconds: number, phone: Phone, sink: Sink): Promise<string[]> {
  const numbers: string[] = [];
  const end = performance.now() + seconds * 1000;
  const one = async () => {
    while (performance.now() < end) {
      const number = anyNumber();
      const { status } = await phone.ask(number);
      if (status !== 201 || !(await sink.code(number, 0, 10_000))) throw new Error(`no message for ${number}`);
      numbers.push(number);
    }
  };
  await Promise.all(Array.from({ length: callers }, one));
  return numbers;
}
