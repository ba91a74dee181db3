import type { Duplex } from 'node:stream';
import postgres, { type Sql } from 'postgres';
import type { Address } from './address.ts';

/** Longest times in ms, kept by the server: of a statement, of a wait for a lock, of an idle transaction. */
export const limits = {
  application_name: 'vouch',
  statement_timeout: 8000,
  lock_timeout: 5000,
  idle_in_transaction_session_timeout: 10_000,
};

/** A client whose connections come from `socket`; it connects when it is first used. */
export function clientOf(address: Address, own: { socket: () => unknown; max: number; onclose?: () => void }): Sql {
  const [place] = address.places;
  const options = {
    ...own,
    // Only for messages: `socket` connects. With several names the client would swallow faults and try for ever.
    host: [place && 'host' in place ? place.host : 'localhost'],
    port: [place && 'port' in place ? place.port : 5432],
    backoff: () => 0,
    connect_timeout: 5,
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => {},
    connection: limits,
  };
  return postgres(address.url, options as object);
}

interface Hooks {
  /** A stream to the server for a client, or for one that was given up (`isWanted` false) a broken one. */
  socket(isWanted: () => boolean): Promise<Duplex>;
  /** A connection closed. */
  lost(): void;
}

/**
 * One client to the outside, replaced by a fresh one within when the server goes away: so what waits in the old one ends
 * at once, and nothing of what its connections were in the middle of is left over.
 */
export class RenewedClient {
  /** Calls go to the present client, however long this is kept. */
  readonly sql: Sql;
  readonly #address: Address;
  readonly #max: number;
  readonly #hooks: Hooks;
  readonly #all = new Set<Sql>();
  #present: Sql;

  constructor(address: Address, max: number, hooks: Hooks) {
    this.#address = address;
    this.#max = max;
    this.#hooks = hooks;
    this.#present = this.#fresh();
    this.sql = new Proxy((() => {}) as unknown as Sql, {
      apply: (_, __, words) => Reflect.apply(this.#present, undefined, words),
      get: (_, name) => Reflect.get(this.#present, name),
    });
  }

  /**
   * Once for all connections. The client would ask on each new one, and where the server goes away in that moment it
   * leaves a rejected promise that nobody holds, which ends the process.
   */
  async learnArrayTypes(): Promise<void> {
    const options = innerOptions(this.#present);
    options.fetch_types = true;
    await this.#present`select 1`;
    options.fetch_types = false;
  }

  /** Ends every call that is under way with a fault, for the server is away. */
  giveUp(): void {
    const all = [...this.#all];
    this.#present = this.#fresh(this.#present);
    for (const client of all) this.#end(client, 0);
  }

  /** Ends everything; a call still under way gets a fault. */
  async end(): Promise<void> {
    // The client waits in vain for a call that an outage ended, so not for long.
    await Promise.all([...this.#all].map((client) => this.#end(client, 0.3)));
  }

  #fresh(teacher?: Sql): Sql {
    const client: Sql = clientOf(this.#address, {
      max: this.#max,
      socket: () => this.#hooks.socket(() => this.#all.has(client)),
      onclose: () => this.#hooks.lost(),
    });
    if (teacher) teach(client, teacher);
    this.#all.add(client);
    return client;
  }

  async #end(client: Sql, seconds: number): Promise<void> {
    if (this.#all.delete(client)) await client.end({ timeout: seconds });
  }
}

interface InnerOptions {
  fetch_types: boolean;
  parsers: object;
  serializers: object;
  shared: { typeArrayMap: object };
}

function innerOptions(client: Sql): InnerOptions {
  return client.options as unknown as InnerOptions;
}

function teach(client: Sql, teacher: Sql): void {
  const [from, to] = [innerOptions(teacher), innerOptions(client)];
  Object.assign(to.parsers, from.parsers);
  Object.assign(to.serializers, from.serializers);
  Object.assign(to.shared.typeArrayMap, from.shared.typeArrayMap);
}
