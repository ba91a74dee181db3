import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { maxGuesses } from '../../../src/limits/guess-risk.ts';
import { redeemAttempts } from '../../../src/limits/rules.ts';
import { Postgres } from '../../../test/support/postgres.ts';
import { ApiClient, type ApiResponse, type RecordedCall, uniqueNumber } from '../api-client.ts';
import { FakeClock, faketimeLibrary } from '../fake-clock.ts';
import { FakeGateway } from '../fake-gateway.ts';
import { max } from '../max.ts';
import { buildProduct, Product } from '../product.ts';
import { inSandbox, type Sandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';

type Whose = 'application' | 'database';

/** The clock of the application, then that of the database, jumps an hour ahead, and back; and an hour behind, and back. */
export const scenario: Scenario = {
  name: 'clock',
  promise: 'a clock an hour off in the application opens no limit, lets no code live longer, and ends no session',
  missing: () => (faketimeLibrary ? undefined : 'libfaketime is not installed, by which a process sees another time'),
  async run({ hours = '1' }) {
    await buildProduct();
    const figures: Figure[] = [];
    for (const whose of ['application', 'database'] as const) {
      for (const jump of [Number(hours), -Number(hours)]) {
        figures.push(...(await inSandbox((sandbox) => jumped(sandbox, whose, jump))));
      }
    }
    return figures;
  },
};

async function jumped({ folder, cleanup }: Sandbox, whose: Whose, hours: number): Promise<Figure[]> {
  const clock = new FakeClock(folder);
  const gateway = await FakeGateway.open();
  cleanup(() => gateway.close());
  const database = await Postgres.start({
    folder: join(folder, 'postgres'),
    ...(whose === 'database' ? { env: clock.env } : {}),
  });
  cleanup(() => database.stop());
  const env = { DATABASE_URL: database.url(), TRUST_PROXY: '1', NETWORK_MESSAGES_PER_HOUR: '600', ...gateway.env };
  const log = join(folder, 'product.log');
  const product = await Product.start({ env: { ...env, ...(whose === 'application' ? clock.env : {}) }, log });
  cleanup(() => product.stop());
  const told: RecordedCall[] = [];
  const town = new Town(new ApiClient([product.port], (one) => told.push(one)), gateway);
  const sql = database.admin();
  const before = await prepared(town, sql);
  told.length = 0;
  clock.set(hours);
  const healthMs = await town.untilSignedIn();
  const seen = await look(town, before);
  const off = await clocksOff(sql, product);
  clock.set(0);
  const backMs = await town.untilSignedIn();
  const after = await town.client.profile(before.token);
  town.client.close();
  await sql.end();
  return figures(`the ${whose}'s clock ${hours > 0 ? '+' : '−'}${Math.abs(hours)} h`, {
    told,
    seen,
    healthMs,
    backMs,
    after,
    isJudge: whose === 'database',
    isAhead: hours > 0,
    off: whose === 'database' ? off.database : off.application,
  });
}

/** People, each behind an address of their own where nothing else is said. */
class Town {
  readonly client: ApiClient;
  readonly gateway: FakeGateway;
  #addresses = 0;

  constructor(client: ApiClient, gateway: FakeGateway) {
    this.client = client;
    this.gateway = gateway;
  }

  async ask(number: string, { address = this.#newAddress(), challenge = '' } = {}): Promise<ApiResponse> {
    const body = { phone_number: number, ...(challenge ? { challenge } : {}) };
    return this.client.call('request-sms', 'POST', '/api/request-sms/', body, { 'x-forwarded-for': address });
  }

  /** The token of somebody new, or the status of what refused them. */
  async signIn(): Promise<string | number> {
    const number = uniqueNumber();
    const { status, data } = await this.ask(number);
    const code = status === 201 ? await this.gateway.waitForCode(number) : undefined;
    if (!code) return status;
    const entered = await this.client.verify(number, code, data.challenge);
    return entered.status === 201 ? (entered.data.token as string) : entered.status;
  }

  /** Milliseconds until thirty new people in a row have signed in. */
  async untilSignedIn(): Promise<number> {
    const begun = performance.now();
    let healthy = begun;
    for (let row = 0; row < 30 && performance.now() - begun < 30_000; row += 1) {
      if (typeof (await this.signIn()) === 'string') continue;
      row = -1;
      await pause(100);
      healthy = performance.now();
    }
    return performance.now() - begun < 30_000 ? healthy - begun : Number.POSITIVE_INFINITY;
  }

  /** How many of some wrong invite codes were looked at. */
  async tries(token: string, times: number): Promise<number> {
    let taken = 0;
    for (let at = 0; at < times; at += 1) if ((await this.client.redeem(token, 'ZZZZZ2')).status !== 429) taken += 1;
    return taken;
  }

  #newAddress(): string {
    this.#addresses += 1;
    return `10.1.${this.#addresses >> 8}.${this.#addresses & 255}`;
  }
}

interface Prepared {
  readonly token: string;
  readonly ended: string;
  readonly open: Asked;
  readonly expired: Asked;
  readonly guessedAt: Asked;
}

/** A number, the code that it got, and the token of the challenge: verify takes them in this order. */
type Asked = readonly [number: string, code: string, challenge: string];

const busyAddress = '10.9.9.9';

async function prepared(town: Town, sql: ReturnType<Postgres['admin']>): Promise<Prepared> {
  const [token, ended] = [await town.signIn(), await town.signIn()] as [string, string];
  const asked = async (): Promise<Asked> => {
    const number = uniqueNumber();
    const { data } = await town.ask(number);
    return [number, (await town.gateway.waitForCode(number)) ?? '', data.challenge];
  };
  const [expired, guessedAt] = [await asked(), await asked()];
  const [number, code, challenge] = guessedAt;
  const wrong = code === '000000' ? '000001' : '000000';
  for (let guess = 0; guess < maxGuesses; guess += 1) await town.client.verify(number, wrong, challenge);
  await town.tries(token, redeemAttempts.quota + 1);
  for (let at = 0; at < 20; at += 1) await town.ask(uniqueNumber(), { address: busyAddress });
  await sql`update challenge set expires_at = now() - interval '1 minute' where phone_number = ${expired[0]}`;
  const { data } = await town.client.sessions(ended);
  const id = data.sessions[0].id as string;
  await sql`update session set expires_at = now() - interval '1 minute' where id = ${id}`;
  return { token, ended, expired, guessedAt, open: await asked() };
}

interface Seen {
  readonly session: number;
  readonly ended: number;
  readonly again: number;
  readonly guessed: number;
  readonly expired: number;
  readonly open: number;
  readonly tries: number;
  readonly busy: ApiResponse;
}

async function look(town: Town, { token, ended, open, expired, guessedAt }: Prepared): Promise<Seen> {
  const { client } = town;
  return {
    session: (await client.profile(token)).status,
    ended: (await client.profile(ended)).status,
    // the pause is that of the asker, whom the token of the challenge names
    again: (await town.ask(open[0], { challenge: open[2] })).status,
    guessed: (await client.verify(...guessedAt)).status,
    expired: (await client.verify(...expired)).status,
    open: (await client.verify(...open)).status,
    tries: await town.tries(token, 20),
    busy: await town.ask(uniqueNumber(), { address: busyAddress }),
  };
}

/** How far both are from the right time, in minutes, by what they say themselves. */
async function clocksOff(sql: ReturnType<Postgres['admin']>, product: Product) {
  const [row] = await sql`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`;
  const { headers } = await fetch(`${product.url}/healthz`);
  const minutes = (ms: number) => Math.round((ms - Date.now()) / 60_000);
  return { database: minutes(row!.ms), application: minutes(Date.parse(headers.get('date') ?? '')) };
}

function figures(
  name: string,
  told: {
    told: readonly RecordedCall[];
    seen: Seen;
    healthMs: number;
    backMs: number;
    after: ApiResponse;
    isJudge: boolean;
    isAhead: boolean;
    off: number;
  },
): Figure[] {
  const { seen, isJudge, isAhead } = told;
  const odd = told.told.filter(({ status, retryAfter }) => status === 0 || (status >= 500 && !retryAfter));
  const longest = max(told.told.map(({ ms }) => ms));
  const line = (what: string, figure: string | number, bound?: string, ok = true): Figure => ({
    what: `${name}: ${what}`,
    figure: String(figure),
    ...(bound ? { bound } : {}),
    ok,
  });
  /** Where the database's clock is off, times that were kept by it mean something else: said, and not judged. */
  const judged = (what: string, figure: number, bound: string, ok: boolean, isSaidOnly: boolean) =>
    isSaidOnly ? line(`${what} (by the clock that judges)`, figure) : line(what, figure, bound, ok);
  return [
    line('how far it is off', `${told.off} min`, 'the jump', Math.abs(told.off) > 1 && told.off > 0 === isAhead),
    line('calls, odd answers', `${told.told.length}, ${odd.length}`, '0 odd', odd.length === 0),
    line('the longest wait', `${longest.toFixed(0)} ms`, '10000 ms', longest <= 10_000),
    line('new people sign in after', `${told.healthMs.toFixed(0)} ms`, '5000 ms', told.healthMs <= 5000),
    line('a session', seen.session, '200', seen.session === 200),
    line('the right code after five wrong ones', seen.guessed, 'refused', seen.guessed !== 201),
    judged('a session that was over', seen.ended, '401', seen.ended === 401, isJudge && !isAhead),
    judged('a code that was over', seen.expired, 'refused', seen.expired !== 201, isJudge && !isAhead),
    judged('a code that was not over', seen.open, '201', seen.open === 201, isJudge && isAhead),
    judged('asking again within the pause', seen.again, '429', seen.again === 429, isJudge && isAhead),
    judged('of 20 invite codes past the limit were looked at', seen.tries, '1', seen.tries <= 1, isJudge && isAhead),
    line('an address that had asked 20 times', `${seen.busy.status}, Retry-After ${seen.busy.retryAfter ?? 'none'}`),
    line(
      'when it is right again, new people sign in after',
      `${told.backMs.toFixed(0)} ms`,
      '5000 ms',
      told.backMs <= 5000,
    ),
    line('when it is right again, the session', told.after.status, '200', told.after.status === 200),
  ];
}
