import { setTimeout as pause } from 'node:timers/promises';
import type { HoldingSink } from './holding-sink.ts';
import { type Answer, anyNumber, type Phone } from './phone.ts';
import type { Asked } from './tries.ts';

/** A product that may be asked while it is up, under the name of the process that it is just now. */
export interface Door {
  readonly phone: Phone;
  readonly by: string;
  readonly isUp: boolean;
}

/** What came of asking again where nobody can say whether the message went out. */
export type Again = 'signed in' | 'cut off' | 'the message was lost again' | `answered ${number}`;

const restMs = 240;
const patienceMs = 12_000;

/** People who ask for codes steadily, each of a new number, and some of them again. */
export class Askers {
  readonly asks: Asked[] = [];
  /** How each number fared that asked again. */
  readonly again = new Map<string, Again>();
  readonly #doors: readonly Door[];
  readonly #sink: HoldingSink;
  readonly #hear: (what: 'asked' | 'acknowledged', by: string) => void;

  constructor(doors: readonly Door[], sink: HoldingSink, hear: (what: 'asked' | 'acknowledged', by: string) => void) {
    this.#doors = doors;
    this.#sink = sink;
    this.#hear = hear;
  }

  /** By so many hands at once, until told to stop; resolves when the last one has been answered. */
  async keepOn(hands: number, signal: AbortSignal): Promise<void> {
    const one = async () => {
      while (!signal.aborted) {
        const door = this.#anyDoor();
        if (door) await this.#ask(door, anyNumber());
        await pause(Math.random() * restMs);
      }
    };
    await Promise.all(Array.from({ length: hands }, one));
  }

  /** Somebody whose message may or may not have gone out asks again at once, and enters the code that comes then. */
  async askAgain(number: string): Promise<void> {
    if (this.again.has(number)) return;
    this.again.set(number, 'cut off');
    this.again.set(number, await this.#signInAgain(number));
  }

  async #signInAgain(number: string): Promise<Again> {
    const known = this.#sink.to(number).length;
    const { status } = await this.#ask(await this.#openDoor(), number);
    if (status === 0) return 'cut off';
    if (status !== 201) return `answered ${status}`;
    const code = await this.#code(number, known);
    if (!code) return 'the message was lost again';
    for (let times = 0; ; times += 1) {
      const { phone } = await this.#openDoor();
      const entered = await phone.verify(number, code);
      if (entered.status === 201) return 'signed in';
      // it may have been used by the call whose answer never came
      if (entered.status !== 0) return times > 0 ? 'cut off' : `answered ${entered.status}`;
    }
  }

  async #ask(door: Door, number: string): Promise<Answer> {
    const { by } = door;
    const answering = door.phone.ask(number);
    this.#hear('asked', by);
    const answer = await answering;
    if (answer.status === 201) this.#hear('acknowledged', by);
    this.asks.push({ number, by, status: answer.status });
    return answer;
  }

  async #code(number: string, known: number): Promise<string | undefined> {
    for (const end = Date.now() + patienceMs; Date.now() < end; await pause(20)) {
      const got = this.#sink.to(number);
      if (got.length > known) return got.at(-1)!.code;
    }
    return undefined;
  }

  #anyDoor(): Door | undefined {
    const open = this.#doors.filter(({ isUp }) => isUp);
    return open[Math.floor(Math.random() * open.length)];
  }

  async #openDoor(): Promise<Door> {
    for (;;) {
      const door = this.#anyDoor();
      if (door) return door;
      await pause(5);
    }
  }
}
