import type { PendingQuery, Row, Sql } from 'postgres';
import { errorCode } from '../kit/caught.ts';
import type { Clock } from '../kit/clock.ts';
import { redactError } from '../kit/redact-error.ts';
import { functionSchema } from './functions.ts';

/** A piece of SQL with its parameters, to be composed into a statement. */
// biome-ignore lint/suspicious/noExplicitAny: the client types a fragment by the rows of a query that it is not
export type Fragment = PendingQuery<any>;

/** PostgreSQL, and the time by which our rules decide: that of the server, shifted by the clock of a test. */
export interface Database {
  readonly sql: Sql;
  /** The current time as an SQL expression of type `timestamptz`, the same for a whole statement. */
  now(): Fragment;
  /**
   * Runs a statement that is a transaction of its own. Retries it after a serialization failure (40001) or a deadlock
   * (40P01). Its errors hold no value of a statement or a row.
   */
  run<T extends readonly Row[]>(statement: () => PromiseLike<T>): Promise<T>;
  /**
   * Calls a function of `src/<room>/*.sql` in the version of this process: one statement of constant text, a transaction
   * of its own. The keys of `input` are the names of its parameters without `p_`; the time is added as `p_now`. Retries
   * as `run` does, and when the function raises `VO002`: then `input` is made anew, with other random values.
   */
  call<R extends Row>(name: string, input: CallInput | (() => CallInput)): Promise<R[]>;
  /**
   * Runs work that holds a connection for long, as an export does, with one beside the pool: however few connections the
   * pool has, no call waits for it.
   */
  apart<T>(run: (sql: Sql) => Promise<T>): Promise<T>;
  /** The standbys of the server. */
  readonly standbys: ReadStandbys;
}

/** The standbys that profiles are read from. */
export interface ReadStandbys {
  /**
   * Calls a function that writes nothing at a standby which has replayed every commit that anybody waited for; undefined
   * if there is none now, so that the caller reads at the primary. Never throws.
   */
  call<R extends Row>(name: string, input: CallInput): Promise<R[] | undefined>;
  /**
   * Resolves as soon as no process reads a state at a standby that is older than this call, in 4.5 s at most. Never
   * throws.
   */
  waitForReplay(): Promise<void>;
  /** The same, but at once in a process that reads from no standby. */
  waitForOwnReads(): Promise<void>;
  /** Calls `suspend` at the beginning of each of these waits, and its result at the end. */
  onWait(suspend: () => () => void): void;
}

/** No standbys. */
const noStandbys: ReadStandbys = {
  call: async () => undefined,
  waitForReplay: async () => {},
  waitForOwnReads: async () => {},
  onWait: () => {},
};

/** The arguments of a function by their names. An array becomes one of PostgreSQL, and undefined null. */
export type CallInput = Readonly<Record<string, Argument | readonly ArrayItem[]>>;
type ArrayItem = string | number | bigint | Uint8Array | null | undefined;
type Argument = ArrayItem | boolean | Date | Json;

/** An argument of type `json`. */
export class Json {
  constructor(readonly value: object) {}
}

/** The surroundings of the statements of a client. */
export interface DatabaseOptions {
  /** The schema of our tables; `public` by default. */
  readonly tableSchema?: string;
  /** Surrounds a call with all its retries. */
  readonly guard?: <T>(call: () => Promise<T>) => Promise<T>;
  /** Gives the client a statement in its turn. */
  readonly admit?: <T>(statement: () => PromiseLike<T>) => Promise<T>;
  /** Runs work with a connection beside the pool; without it such work shares the client. */
  readonly apart?: Database['apart'];
  /** Replaces the time of the server. */
  readonly now?: () => Fragment;
}

/** Wraps a client with the clock and the retries. */
export function createDatabase(sql: Sql, clock: Clock, options: DatabaseOptions = {}): Database {
  const schema = functionSchema(options.tableSchema ?? 'public');
  const guard = options.guard ?? ((call) => call());
  const admit = options.admit ?? ((statement) => statement());
  const run: Database['run'] = (statement) => guard(() => runWithRetries(() => admit(statement), 5));
  return {
    sql,
    now: options.now ?? (() => sql`(now() + ${clock.aheadMs}::float8 * interval '1 millisecond')`),
    standbys: noStandbys,
    run,
    apart: options.apart ?? ((work) => work(sql)),
    call<R extends Row>(name: string, input: CallInput | (() => CallInput)) {
      return this.run(() => callOf<R>(this, `${schema}.${name}`, typeof input === 'function' ? input() : input));
    },
  };
}

function callOf<R extends Row>({ sql, now }: Pick<Database, 'sql' | 'now'>, name: string, input: CallInput) {
  const strings = textOf(name, Object.keys(input));
  // without a type of ours the server tells it: one statement is prepared, whichever values are null
  const values = Object.values(input).map((value) => sql.typed(toParameter(value) as never, 0));
  return sql<R[]>(strings, ...values, now());
}

const texts = new Map<string, TemplateStringsArray>();

/**
 * The text of a call, the same array each time. The client (postgres 3.4) keeps a stack for each array that it was ever
 * given, for good: with an array a call, memory would grow without end.
 */
function textOf(name: string, keys: readonly string[]): TemplateStringsArray {
  const id = `${name} ${keys}`;
  const known = texts.get(id);
  if (known) return known;
  const parts = [...keys, 'now'].map((key, at) => `${at === 0 ? `select * from ${name}(` : ', '}p_${key} => `);
  const strings = Object.assign([...parts, ')'], { raw: [] });
  texts.set(id, strings);
  return strings;
}

function toParameter(value: CallInput[string]): unknown {
  if (value instanceof Json) return value.value;
  if (Array.isArray(value)) return toArray(value);
  return value ?? null;
}

/** An array as PostgreSQL reads it (manual, 8.15.2). The client does not know the types of arrays. */
function toArray(items: readonly ArrayItem[]): string {
  const words = items.map((item) => {
    if (item === null || item === undefined) return 'null';
    const word = item instanceof Uint8Array ? `\\x${Buffer.from(item).toString('hex')}` : String(item);
    return `"${word.replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${words.join()}}`;
}

/** `VO002`: a random value was taken, or somebody else was faster; our functions raise it. */
const transient = ['40001', '40P01', 'VO002'];

async function runWithRetries<T extends readonly Row[]>(statement: () => PromiseLike<T>, attempts: number): Promise<T> {
  try {
    return removeHoles(await statement());
  } catch (error) {
    if (attempts <= 1 || !transient.includes(errorCode(error))) throw redactError(error);
    return runWithRetries(statement, attempts - 1);
  }
}

/**
 * Works around a bug of the client (postgres 3.4): if a connection ends between two rows, the next result starts with
 * as many holes.
 */
function removeHoles<T extends readonly Row[]>(rows: T): T {
  if (rows.length > 0 && !(0 in rows)) {
    (rows as unknown as Row[]).splice(
      0,
      Array.from(rows).findIndex((row) => row !== undefined),
    );
  }
  return rows;
}
