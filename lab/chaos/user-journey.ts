import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { findInviteTreeViolations } from '../../test/support/invite-tree.ts';
import { type ApiClient, type ApiResponse, uniqueNumber } from './api-client.ts';
import { type Actual, type Expected, type ExpectedSession, findViolations, newExpected } from './consistency.ts';
import type { FakeGateway } from './fake-gateway.ts';

/** What is true is asked for again where no answer came, or a refusal for now. */
async function whenWell(ask: () => Promise<ApiResponse>): Promise<ApiResponse> {
  for (let times = 0; ; times += 1) {
    const answer = await ask();
    if ((answer.status !== 503 && answer.status !== 0) || times >= 20) return answer;
    await pause(250);
  }
}

/** What people do and what they were told, kept to be compared with what is true. */
export class UserJourneys {
  readonly #client: ApiClient;
  readonly #gateway: FakeGateway;
  readonly #heard: Expected[] = [];
  /** Codes of people who stay, to be redeemed. */
  readonly #inviteCodes: string[] = [];
  /** What was broken while it happened. */
  readonly #broken: string[] = [];
  #acknowledged = 0;

  constructor(client: ApiClient, gateway: FakeGateway) {
    this.#client = client;
    this.#gateway = gateway;
  }

  /** Effects that were acknowledged so far, and people. */
  get counted(): { acknowledged: number; people: number } {
    return { acknowledged: this.#acknowledged, people: this.#heard.length };
  }

  /** People one after the other, by so many hands at once, until told to stop; resolves when the last one has ended. */
  async run(hands: number, signal: AbortSignal): Promise<void> {
    const one = async () => {
      while (!signal.aborted) await this.runOne(signal);
    };
    await Promise.all(Array.from({ length: hands }, one));
  }

  /** One new person's whole life; goes on as far as answers permit. */
  async runOne(signal?: AbortSignal): Promise<void> {
    const heard = newExpected(uniqueNumber());
    this.#heard.push(heard);
    const asked = await this.#client.requestCode(heard.phoneNumber);
    if (asked.status === 201) heard.asked += 1;
    const code = await this.#gateway.waitForCode(heard.phoneNumber, 0, asked.status === 201 ? 2000 : 50);
    if (!code) return;
    const opened = await this.#enterTwice(heard, code, signal);
    if (!opened) return;
    await this.#rename(heard, opened.token);
    await this.#redeemTwice(heard, opened.token);
    await this.#rename(heard, opened.token);
    const { status, data } = await this.#client.profile(opened.token);
    if (status === 401) this.#broken.push(`${heard.phoneNumber}: an acknowledged session answered 401`);
    const fate = this.#heard.length % 4;
    if (fate === 0) await this.#logOut(opened);
    else if (fate === 1) await this.#erase(heard, opened.token);
    else if (status === 200 && this.#inviteCodes.length < 1000) this.#inviteCodes.push(data.referal_code);
  }

  /** Every breach of what was acknowledged, found through the API and in the database, which must both be well. */
  async findViolations(sql: Sql): Promise<string[]> {
    const found = [...this.#broken];
    const waiting = [...this.#heard];
    const one = async () => {
      for (let heard = waiting.pop(); heard; heard = waiting.pop()) {
        const truth = await this.#truth(heard, sql);
        found.push(...findViolations(heard, truth).map((breach) => `${heard!.phoneNumber}: ${breach}`));
      }
    };
    await Promise.all(Array.from({ length: 16 }, one));
    return [...found, ...(await findInviteTreeViolations(sql))];
  }

  /** The same code twice at once, and on where no answer came: one of them opens a session. */
  async #enterTwice(heard: Expected, code: string, signal?: AbortSignal): Promise<ExpectedSession | undefined> {
    heard.codes.add(code);
    for (let turn = 0; turn < 3 && !signal?.aborted; turn += 1) {
      const answers = await Promise.all([1, 2].map(() => this.#client.verify(heard.phoneNumber, code)));
      for (const { status, data } of answers) {
        if (status === 201) heard.opened.push({ token: data.token, end: 'no' });
      }
      if (heard.opened[0]) {
        this.#acknowledged += 1;
        return heard.opened[0];
      }
      if (answers.every(({ status }) => status === 400 || status === 429)) return undefined;
    }
    return undefined;
  }

  async #rename(heard: Expected, token: string): Promise<void> {
    const name = `${heard.maybeNames.length} ${Math.random()}`;
    heard.maybeNames.push(name);
    const { status } = await this.#client.edit(token, name);
    if (status !== 200) return;
    heard.maybeNames = heard.maybeNames.filter((other) => other !== name);
    heard.name = name;
    this.#acknowledged += 1;
  }

  /** Two people's codes at once: one of them at most is redeemed. */
  async #redeemTwice(heard: Expected, token: string): Promise<void> {
    const codes = [1, 2].map(() => this.#inviteCodes[Math.floor(Math.random() * this.#inviteCodes.length)]);
    const answers = await Promise.all(
      codes.map(async (code) => {
        if (!code) return;
        heard.maybeRedeemed.push(code);
        return { code, ...(await this.#client.redeem(token, code)) };
      }),
    );
    for (const answer of answers) {
      if (answer?.status !== 200) continue;
      if (heard.redeemed && heard.redeemed !== answer.code)
        this.#broken.push(`${heard.phoneNumber}: redeemed two codes`);
      heard.redeemed = answer.code;
      this.#acknowledged += 1;
    }
  }

  async #logOut(opened: ExpectedSession): Promise<void> {
    opened.end = 'asked';
    const { status } = await this.#client.logOut(opened.token);
    if (status !== 204) return;
    opened.end = 'yes';
    this.#acknowledged += 1;
  }

  async #erase(heard: Expected, token: string): Promise<void> {
    heard.erased = 'asked';
    const { status } = await this.#client.erase(token);
    if (status !== 204) return;
    heard.erased = 'yes';
    this.#acknowledged += 1;
  }

  async #truth(heard: Expected, sql: Sql): Promise<Actual> {
    const [rows] =
      await sql`select (select count(*)::int from account where phone_number = ${heard.phoneNumber}) as accounts,
      (select count(*)::int from session join account on account.id = session.account_id
        where phone_number = ${heard.phoneNumber}) as sessions`;
    const reads = await Promise.all(
      heard.opened.map(async ({ token }) => {
        const { status, data } = await whenWell(() => this.#client.profile(token));
        return { status, name: data?.first_name ?? null, redeemed: data?.invite_code ?? null };
      }),
    );
    const replays = await Promise.all(
      [...heard.codes].map((code) => whenWell(() => this.#client.verify(heard.phoneNumber, code))),
    );
    return {
      accounts: rows!.accounts,
      sessions: rows!.sessions,
      messages: this.#gateway.messagesTo(heard.phoneNumber).length,
      reads,
      replays: replays.map(({ status }) => status),
    };
  }
}
