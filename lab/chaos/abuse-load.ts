import { setTimeout as pause } from 'node:timers/promises';
import { maxGuesses } from '../../src/limits/guess-risk.ts';
import { numberSends, redeemAttempts } from '../../src/limits/rules.ts';
import { type ApiClient, type ApiResponse, uniqueNumber } from './api-client.ts';
import type { FakeGateway } from './fake-gateway.ts';

const pageHeaders = { accept: 'text/html', 'sec-fetch-site': 'same-origin' };

/**
 * Somebody who knows a number and has an account, and who asks for messages, guesses codes and tries invite codes
 * without a pause, by API and page; and who looks at all there is to look at meanwhile.
 */
export class AbuseLoad {
  readonly #client: ApiClient;
  readonly #gateway: FakeGateway;
  readonly #victim = uniqueNumber();
  readonly #token: string;
  readonly #begun = performance.now();
  #guesses = 0;
  #tries = 0;

  private constructor(client: ApiClient, gateway: FakeGateway, token: string) {
    this.#client = client;
    this.#gateway = gateway;
    this.#token = token;
  }

  /** Signs the abuser in, before any fault. */
  static async start(client: ApiClient, gateway: FakeGateway): Promise<AbuseLoad> {
    const number = uniqueNumber();
    await client.requestCode(number);
    const code = await gateway.waitForCode(number);
    const { data } = await client.verify(number, code ?? '');
    if (!data?.token) throw new Error('The abuser could not sign in');
    return new AbuseLoad(client, gateway, data.token);
  }

  async run(signal: AbortSignal): Promise<void> {
    const again = async (act: () => Promise<unknown>) => {
      while (!signal.aborted) {
        await act();
        await pause(5);
      }
    };
    await Promise.all([
      again(() => this.#client.requestCode(this.#victim)),
      again(() => this.#client.call('POST /', 'POST', '/', { phone_number: this.#victim }, pageHeaders)),
      again(async () => this.#count(await this.#client.verify(this.#victim, anyCode()))),
      again(async () => this.#count(await this.#client.verify(this.#victim, anyCode()))),
      again(() => this.#try()),
      again(() => this.#client.invited(this.#token)),
      again(() => this.#client.sessions(this.#token)),
      again(() => this.#client.call('GET /', 'GET', '/', undefined, pageHeaders)),
      again(() =>
        this.#client.call('GET /account/', 'GET', '/account/', undefined, {
          ...pageHeaders,
          cookie: `signin-session=${this.#token}`,
        }),
      ),
    ]);
  }

  /** Every limit that let more through than it says; the right code comes last. */
  async findViolations(): Promise<string[]> {
    const code = this.#gateway.messagesTo(this.#victim).at(-1)?.code;
    const isUsedUp = this.#guesses >= maxGuesses && code !== undefined;
    const { status } = isUsedUp ? await this.#client.verify(this.#victim, code) : { status: 400 };
    const seconds = (performance.now() - this.#begun) / 1000;
    const messages = this.#gateway.messagesTo(this.#victim).length;
    // each call of the page is another asker, with pauses of its own; all share the messages of the number
    const mayHave = numberSends.hour.quota;
    const mayTry = redeemAttempts.quota + Math.ceil((seconds * redeemAttempts.quota) / redeemAttempts.windowSeconds);
    return [
      ...(messages > mayHave ? [`${messages} messages, where ${mayHave} are permitted`] : []),
      ...(status === 201 ? [`the right code was taken after ${this.#guesses} wrong ones`] : []),
      ...(this.#tries > mayTry ? [`${this.#tries} invite codes tried, where ${mayTry} are permitted`] : []),
    ];
  }

  /** What was let through, for people. */
  get summary(): string {
    return `${this.#gateway.messagesTo(this.#victim).length} messages, ${this.#tries} invite codes; no right code after ${this.#guesses} wrong ones`;
  }

  #count({ status, data }: ApiResponse): void {
    if (status === 201) throw new Error('a code was guessed');
    if (status === 400 && data?.code === 'wrong_code') this.#guesses += 1;
  }

  async #try(): Promise<void> {
    const { status } = await this.#client.redeem(this.#token, 'ZZZZZ2');
    if (status === 400 || status === 404) this.#tries += 1;
  }
}

function anyCode(): string {
  return String(Math.floor(Math.random() * 1_000_000)).padStart(6, '0');
}
