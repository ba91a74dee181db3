import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { maxGuesses, redeemAttempts } from '../../../src/limits/rules.ts';
import { Postgres } from '../../../test/support/postgres.ts';
import { FalseClock, falseTime } from '../false-clock.ts';
import { largest } from '../largest.ts';
import { type Answer, anyNumber, Phone, type Told } from '../phone.ts';
import { build, Product } from '../product.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { Sink } from '../sink.ts';
import { onStage, type Stage } from '../stage.ts';

type Whose = 'application' | 'database';

/** The clock of the application, then that of the database, jumps an hour ahead, and back; and an hour behind, and back. */
export const scenario: Scenario = {
  name: 'clock',
  promise: 'a clock an hour off in the application opens no limit, lets no code live longer, and ends no session',
  lacks: () => (falseTime ? undefined : 'libfaketime is not installed, by which a process sees another time'),
  async run({ hours = '1' }) {
    await build();
    const figures: Figure[] = [];
    for (const whose of ['application', 'database'] as const) {
      for (const jump of [Number(hours), -Number(hours)]) {
        figures.push(...(await onStage((stage) => jumped(stage, whose, jump))));
      }
    }
    return figures;
  },
};

async function jumped({ folder, atEnd }: Stage, whose: Whose, hours: number): Promise<Figure[]> {
  const clock = new FalseClock(folder);
  const sink = await Sink.open();
  atEnd(() => sink.close());
  const database = await Postgres.start({
    folder: join(folder, 'postgres'),
    ...(whose === 'database' ? { env: clock.env } : {}),
  });
  atEnd(() => database.stop());
  const env = { DATABASE_URL: database.url(), TRUST_PROXY: '1', ADDRESS_SENDS_PER_HOUR: '600', ...sink.env };
  const log = join(folder, 'product.log');
  const product = await Product.start({ env: { ...env, ...(whose === 'application' ? clock.env : {}) }, log });
  atEnd(() => product.stop());
  const told: Told[] = [];
  const town = new Town(new Phone([product.port], (one) => told.push(one)), sink);
  const sql = database.admin();
  const before = await prepared(town, sql);
  told.length = 0;
  clock.set(hours);
  const healthMs = await town.untilSignedIn();
  const seen = await look(town, before);
  const off = await clocksOff(sql, product);
  clock.set(0);
  const backMs = await town.untilSignedIn();
  const after = await town.phone.profile(before.token);
  town.phone.close();
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
  readonly phone: Phone;
  readonly sink: Sink;
  #addresses = 0;

  constructor(phone: Phone, sink: Sink) {
    this.phone = phone;
    this.sink = sink;
  }

  async ask(number: string, address = this.#newAddress()): Promise<Answer> {
    const body = { phone_number: number };
    return this.phone.call('request-sms', 'POST', '/api/request-sms/', body, { 'x-forwarded-for': address });
  }

  /** The token of somebody new, or the status of what refused them. */
  async signIn(): Promise<string | number> {
    const number = anyNumber();
    const { status } = await this.ask(number);
    const code = status === 201 ? await this.sink.code(number) : undefined;
    if (!code) return status;
    const entered = await this.phone.verify(number, code);
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
    for (let at = 0; at < times; at += 1) if ((await this.phone.redeem(token, 'ZZZZZ2')).status !== 429) taken += 1;
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
  readonly open: { number: string; code: string };
  readonly expired: { number: string; code: string };
  readonly guessedAt: { number: string; code: string };
}

const busyAddress = '10.9.9.9';

async function prepared(town: Town, sql: ReturnType<Postgres['admin']>): Promise<Prepared> {
  const [token, ended] = [await town.signIn(), await town.signIn()] as [string, string];
  const asked = async () => {
    const number = anyNumber();
    await town.ask(number);
    return { number, code: (await town.sink.code(number)) ?? '' };
  };
  const [expired, guessedAt] = [await asked(), await asked()];
  const wrong = guessedAt.code === '000000' ? '000001' : '000000';
  for (let guess = 0; guess < maxGuesses; guess += 1) await town.phone.verify(guessedAt.number, wrong);
  await town.tries(token, redeemAttempts.quota + 1);
  for (let at = 0; at < 20; at += 1) await town.ask(anyNumber(), busyAddress);
  await sql`update challenge set expires_at = now() - interval '1 minute' where phone_number = ${expired.number}`;
  const { data } = await town.phone.sessions(ended);
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
  readonly busy: Answer;
}

async function look(town: Town, { token, ended, open, expired, guessedAt }: Prepared): Promise<Seen> {
  const { phone } = town;
  return {
    session: (await phone.profile(token)).status,
    ended: (await phone.profile(ended)).status,
    again: (await town.ask(open.number)).status,
    guessed: (await phone.verify(guessedAt.number, guessedAt.code)).status,
    expired: (await phone.verify(expired.number, expired.code)).status,
    open: (await phone.verify(open.number, open.code)).status,
    tries: await town.tries(token, 20),
    busy: await town.ask(anyNumber(), busyAddress),
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
    told: readonly Told[];
    seen: Seen;
    healthMs: number;
    backMs: number;
    after: Answer;
    isJudge: boolean;
    isAhead: boolean;
    off: number;
  },
): Figure[] {
  const { seen, isJudge, isAhead } = told;
  const odd = told.told.filter(({ status, retryAfter }) => status === 0 || (status >= 500 && !retryAfter));
  const longest = largest(told.told.map(({ ms }) => ms));
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
