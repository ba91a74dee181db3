import { setTimeout as pause } from 'node:timers/promises';
import { maxGuesses, numberSends, redeemAttempts } from '../../src/limits/rules.ts';
import { type Answer, anyNumber, type Phone } from './phone.ts';
import type { Sink } from './sink.ts';

const pageHeaders = { accept: 'text/html', 'sec-fetch-site': 'same-origin' };

/**
 * Somebody who knows a number and has an account, and who asks for messages, guesses codes and tries invite codes
 * without a pause, by API and page; and who looks at all there is to look at meanwhile.
 */
export class Siege {
  readonly #phone: Phone;
  readonly #sink: Sink;
  readonly #victim = anyNumber();
  readonly #token: string;
  readonly #begun = performance.now();
  #guesses = 0;
  #tries = 0;

  private constructor(phone: Phone, sink: Sink, token: string) {
    this.#phone = phone;
    this.#sink = sink;
    this.#token = token;
  }

  /** Signs the besieger in, while all is well. */
  static async begin(phone: Phone, sink: Sink): Promise<Siege> {
    const number = anyNumber();
    await phone.ask(number);
    const code = await sink.code(number);
    const { data } = await phone.verify(number, code ?? '');
    if (!data?.token) throw new Error('The besieger could not sign in');
    return new Siege(phone, sink, data.token);
  }

  async keepOn(signal: AbortSignal): Promise<void> {
    const again = async (act: () => Promise<unknown>) => {
      while (!signal.aborted) {
        await act();
        await pause(5);
      }
    };
    await Promise.all([
      again(() => this.#phone.ask(this.#victim)),
      again(() => this.#phone.call('POST /', 'POST', '/', { phone_number: this.#victim }, pageHeaders)),
      again(async () => this.#count(await this.#phone.verify(this.#victim, anyCode()))),
      again(async () => this.#count(await this.#phone.verify(this.#victim, anyCode()))),
      again(() => this.#try()),
      again(() => this.#phone.invited(this.#token)),
      again(() => this.#phone.sessions(this.#token)),
      again(() => this.#phone.call('GET /', 'GET', '/', undefined, pageHeaders)),
      again(() =>
        this.#phone.call('GET /success/', 'GET', '/success/', undefined, {
          ...pageHeaders,
          cookie: `vouch-session=${this.#token}`,
        }),
      ),
    ]);
  }

  /** Every limit that let more through than it says; the last act of the siege is the right code. */
  async breaches(): Promise<string[]> {
    const code = this.#sink.to(this.#victim).at(-1)?.code;
    const isUsedUp = this.#guesses >= maxGuesses && code !== undefined;
    const { status } = isUsedUp ? await this.#phone.verify(this.#victim, code) : { status: 400 };
    const seconds = (performance.now() - this.#begun) / 1000;
    const messages = this.#sink.to(this.#victim).length;
    const mayHave = 1 + numberSends.pauses.filter((_, at, all) => sum(all.slice(0, at + 1)) <= seconds).length;
    const mayTry = redeemAttempts.quota + Math.ceil((seconds * redeemAttempts.quota) / redeemAttempts.windowSeconds);
    return [
      ...(messages > mayHave ? [`${messages} messages, where ${mayHave} are permitted`] : []),
      ...(status === 201 ? [`the right code was taken after ${this.#guesses} wrong ones`] : []),
      ...(this.#tries > mayTry ? [`${this.#tries} invite codes tried, where ${mayTry} are permitted`] : []),
    ];
  }

  /** What was let through, for people. */
  get told(): string {
    return `${this.#sink.to(this.#victim).length} messages, ${this.#tries} invite codes; no right code after ${this.#guesses} wrong ones`;
  }

  #count({ status, data }: Answer): void {
    if (status === 201) throw new Error('a code was guessed');
    if (status === 400 && data?.code === 'wrong_code') this.#guesses += 1;
  }

  async #try(): Promise<void> {
    const { status } = await this.#phone.redeem(this.#token, 'ZZZZZ2');
    if (status === 400 || status === 404) this.#tries += 1;
  }
}

function anyCode(): string {
  return String(Math.floor(Math.random() * 1_000_000)).padStart(6, '0');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => one + other, 0);
}
