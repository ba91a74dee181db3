import { setTimeout as pause } from 'node:timers/promises';
import { type ApiClient, type ApiResponse, uniqueNumber } from './api-client.ts';
import type { CodeRequest } from './delivery-audit.ts';
import type { PausableGateway } from './pausable-gateway.ts';

/** A product that may be asked while it is up, under the name of the process that it is just now. */
export interface Target {
  readonly client: ApiClient;
  readonly name: string;
  readonly isUp: boolean;
}

/** What came of asking again where nobody can say whether the message went out. */
export type RetryOutcome = 'signed in' | 'cut off' | 'the message was lost again' | `answered ${number}`;

const restMs = 240;
const patienceMs = 12_000;

/** People who ask for codes steadily, each of a new number, and some of them again. */
export class CodeRequesters {
  readonly requests: CodeRequest[] = [];
  /** How each number fared that asked again. */
  readonly retries = new Map<string, RetryOutcome>();
  readonly #doors: readonly Target[];
  readonly #gateway: PausableGateway;
  readonly #hear: (what: 'asked' | 'acknowledged', by: string) => void;

  constructor(
    doors: readonly Target[],
    gateway: PausableGateway,
    hear: (what: 'asked' | 'acknowledged', by: string) => void,
  ) {
    this.#doors = doors;
    this.#gateway = gateway;
    this.#hear = hear;
  }

  /** By so many hands at once, until told to stop; resolves when the last one has been answered. */
  async run(hands: number, signal: AbortSignal): Promise<void> {
    const one = async () => {
      while (!signal.aborted) {
        const door = this.#anyDoor();
        if (door) await this.#ask(door, uniqueNumber());
        await pause(Math.random() * restMs);
      }
    };
    await Promise.all(Array.from({ length: hands }, one));
  }

  /** Somebody whose message may or may not have gone out asks again at once, and enters the code that comes then. */
  async retry(number: string): Promise<void> {
    if (this.retries.has(number)) return;
    this.retries.set(number, 'cut off');
    this.retries.set(number, await this.#signInAgain(number));
  }

  async #signInAgain(number: string): Promise<RetryOutcome> {
    const known = this.#gateway.requestsFor(number).length;
    const { status } = await this.#ask(await this.#openDoor(), number);
    if (status === 0) return 'cut off';
    if (status !== 201) return `answered ${status}`;
    const code = await this.#code(number, known);
    if (!code) return 'the message was lost again';
    for (let times = 0; ; times += 1) {
      const { client } = await this.#openDoor();
      const entered = await client.verify(number, code);
      if (entered.status === 201) return 'signed in';
      // it may have been used by the call whose answer never came
      if (entered.status !== 0) return times > 0 ? 'cut off' : `answered ${entered.status}`;
    }
  }

  async #ask(door: Target, number: string): Promise<ApiResponse> {
    const { name: by } = door;
    const answering = door.client.requestCode(number);
    this.#hear('asked', by);
    const answer = await answering;
    if (answer.status === 201) this.#hear('acknowledged', by);
    this.requests.push({ number, by, status: answer.status });
    return answer;
  }

  async #code(number: string, known: number): Promise<string | undefined> {
    for (const end = Date.now() + patienceMs; Date.now() < end; await pause(20)) {
      const got = this.#gateway.requestsFor(number);
      if (got.length > known) return got.at(-1)!.code;
    }
    return undefined;
  }

  #anyDoor(): Target | undefined {
    const open = this.#doors.filter(({ isUp }) => isUp);
    return open[Math.floor(Math.random() * open.length)];
  }

  async #openDoor(): Promise<Target> {
    for (;;) {
      const door = this.#anyDoor();
      if (door) return door;
      await pause(5);
    }
  }
}
