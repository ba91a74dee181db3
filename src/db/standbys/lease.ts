/** A standby is read from for this time after the request of the renewal that it has replayed. */
export const leaseMs = 4000;

/**
 * The wait after which no process reads a state from before its beginning: longer than a lease, by what the clocks of two
 * machines may differ in that time.
 */
export const maxReplayWaitMs = leaseMs + 500;

/** A moment by both clocks of a process: the monotonic one stands still while a machine is suspended. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** The current moment. */
export function currentMoment(): Moment {
  return { monotonic: performance.now(), wall: Date.now() };
}

/** The milliseconds since a moment, by the clock that shows more of them. */
export function msSince({ monotonic, wall }: Moment): number {
  return Math.max(performance.now() - monotonic, Date.now() - wall);
}

/** A renewal of a lease: a server that shows this `seq` of this timeline has replayed every commit from before `since`. */
export interface Renewal {
  readonly timeline: string;
  readonly seq: number;
  readonly since: Moment;
}

/** The position that a server shows, or has to show. */
export type Position = Pick<Renewal, 'timeline' | 'seq'>;

/** Whether a server that shows a position has replayed another one. Positions of two timelines prove nothing. */
export function hasReplayed(shown: Position, wanted: Position): boolean {
  return shown.timeline === wanted.timeline && shown.seq >= wanted.seq;
}

const maxRenewals = 8;

/** The latest renewals of the lease of one server. */
export class Renewals {
  readonly #renewals: Renewal[] = [];

  add(renewal: Renewal): void {
    this.#renewals.unshift(renewal);
    this.#renewals.length = Math.min(this.#renewals.length, maxRenewals);
  }

  /** The newest renewal that a server at this position has replayed. */
  newestIn(shown: Position): Renewal | undefined {
    return this.#renewals.find((renewal) => hasReplayed(shown, renewal));
  }

  /** Whether a server at this position has replayed all renewals. */
  areAllIn(shown: Position): boolean {
    const [newest] = this.#renewals;
    return newest === undefined || hasReplayed(shown, newest);
  }

  clear(): void {
    this.#renewals.length = 0;
  }
}
