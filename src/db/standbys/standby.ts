import type { Row } from 'postgres';
import { errorCode } from '../../kit/caught.ts';
import type { Log } from '../../kit/log.ts';
import { firstOf, onlyRow, present } from '../../kit/present.ts';
import { redactError } from '../../kit/redact-error.ts';
import { parseConnectionString } from '../connection-string.ts';
import type { CallInput, Database } from '../database.ts';
import { isAboutEncryption } from '../encryption-attempts.ts';
import { hostLabel } from '../host.ts';
import { isUnavailable } from '../unavailable.ts';
import { withDeadline } from '../with-deadline.ts';
import {
  currentMoment,
  hasReplayed,
  leaseMs,
  type Moment,
  msSince,
  type Position,
  type Renewal,
  Renewals,
} from './lease.ts';
import { createStandbyClient, type StandbyClient, type StandbyClientOptions } from './standby-client.ts';

/** The dependencies of the standbys. */
export interface StandbyNeeds extends Omit<StandbyClientOptions, 'params' | 'timeMs'> {
  readonly primary: Pick<Database, 'call'>;
  readonly log: Log;
}

/** A standby that does not answer in this time is left out. */
const timeoutMs = 1000;
/** A standby that was never used is reported after so many checks. */
const patience = 5;

interface ShownRow {
  readonly server: string;
  readonly is_standby: boolean;
  readonly timeline: string | null;
  readonly seq: string | null;
}

interface RenewedRow {
  readonly timeline: string;
  readonly seq: string;
  readonly may_read: boolean;
  readonly at: Date;
}

/** A standby that processes may read from, while it proves that it is fresh. */
export class Standby {
  readonly #needs: StandbyNeeds;
  readonly #params;
  readonly #label: string;
  readonly #renewals = new Renewals();
  #client: StandbyClient | undefined;
  #encryptionAttempt = 0;
  #isChecking = false;
  #isClosed = false;
  /** The identity of the server until its restart. */
  #server: string | undefined;
  /** The newest renewal that the server has shown. */
  #proof: Renewal | undefined;
  #mayRead = false;
  /** The time of the primary at a moment. */
  #time: { ms: number; at: Moment; aheadMs: number } | undefined;
  #state: 'new' | 'used' | 'left out' = 'new';
  #checks = 0;

  constructor(url: string, needs: StandbyNeeds) {
    this.#needs = needs;
    this.#params = parseConnectionString(url);
    this.#label = hostLabel(firstOf(this.#params.hosts));
  }

  get server(): string | undefined {
    return this.#server;
  }

  /** Whether a read that begins now sees every commit that was acknowledged a lease ago. */
  get isFresh(): boolean {
    return !this.#isClosed && this.#mayRead && this.#proof !== undefined && msSince(this.#proof.since) <= leaseMs;
  }

  /** Finds out how far the server has come, and renews its lease unless it is behind. Never throws. */
  async check(): Promise<void> {
    if (this.#isChecking || this.#isClosed) return;
    this.#isChecking = true;
    this.#checks += 1;
    const client = this.#connect();
    try {
      const shown = await show(client);
      const reason = this.#judge(shown);
      this.#report(reason ?? (await this.#renew(shown.server)));
    } catch (error) {
      this.#leaveOut(error, client);
    } finally {
      this.#isChecking = false;
    }
  }

  /** Calls a function that writes nothing, and raises `VO003` if the server is not fresh. Throws if it fails. */
  async call<R extends Row>(name: string, input: CallInput): Promise<R[]> {
    const { timeline, seq } = present(this.#proof, 'a proof');
    const client = this.#connect();
    try {
      return await withDeadline(timeoutMs, client.db.call<R>(name, { ...input, timeline, seq }));
    } catch (error) {
      this.#leaveOut(error, client);
      throw error;
    }
  }

  /** Whether this server has replayed a position. */
  async shows(server: string, position: Position): Promise<boolean> {
    const shown = await show(this.#connect());
    return shown.server === server && hasReplayed(positionOf(shown), position);
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.close();
  }

  /** The reason to let the lease end; undefined if the server has replayed the last renewal, or one that still counts. */
  #judge(shown: ShownRow): string | undefined {
    if (shown.server !== this.#server) this.#renewals.clear();
    this.#server = shown.server;
    const position = positionOf(shown);
    this.#proof = this.#renewals.newestIn(position);
    if (!shown.is_standby) {
      this.#proof = undefined;
      return 'it is no standby';
    }
    const isBehind = !this.#renewals.areAllIn(position) && !(this.#proof && msSince(this.#proof.since) <= leaseMs);
    return isBehind ? 'it is behind, or replays another server' : undefined;
  }

  /** Renews the lease; returns the error unless the primary is away, which is no fault of this standby. */
  async #renew(server: string): Promise<unknown> {
    const since = currentMoment();
    const aheadMs = this.#needs.clock.aheadMs;
    let rows: RenewedRow[];
    try {
      rows = await this.#needs.primary.call<RenewedRow>('renew_standby', { server });
    } catch (error) {
      return isUnavailable(error) ? undefined : error;
    }
    const row = onlyRow(rows);
    this.#renewals.add({ timeline: row.timeline, seq: Number(row.seq), since });
    this.#mayRead = row.may_read;
    this.#time = { ms: row.at.getTime() + 1, at: since, aheadMs };
    return undefined;
  }

  /** The time of the primary, never earlier than its clock shows: no session lives longer because of a standby. */
  #timeMs(): number {
    if (!this.#time) return Date.now();
    const { ms, at, aheadMs } = this.#time;
    return ms + msSince(at) + this.#needs.clock.aheadMs - aheadMs;
  }

  #connect(): StandbyClient {
    this.#client ??= createStandbyClient(
      { ...this.#needs, params: this.#params, timeMs: () => this.#timeMs() },
      this.#encryptionAttempt,
    );
    return this.#client;
  }

  /**
   * Reads nothing there until new renewals are replayed, and gives up connections that may be silent. The failure of a
   * client that was given up before says nothing about its successor.
   */
  #leaveOut(error: unknown, client: StandbyClient): void {
    if (this.#isClosed || client !== this.#client) return;
    this.#proof = undefined;
    this.#renewals.clear();
    this.#client = undefined;
    client.close();
    if (isAboutEncryption(error)) this.#encryptionAttempt += 1;
    this.#report(errorCode(error) === 'VO003' ? 'it is behind' : redactError(error));
  }

  #report(reason: unknown): void {
    const { log } = this.#needs;
    const host = this.#label;
    if (this.isFresh) {
      if (this.#state !== 'used') log.info({ host }, 'standby in use');
      this.#state = 'used';
    } else if (reason !== undefined && this.#state !== 'left out') {
      if (this.#state === 'new' && typeof reason === 'string' && this.#checks < patience) return;
      log.warn({ host, ...(typeof reason === 'string' ? { reason } : { err: reason }) }, 'standby left out');
      this.#state = 'left out';
    }
  }
}

async function show({ db }: StandbyClient): Promise<ShownRow> {
  return onlyRow(await withDeadline(timeoutMs, db.call<ShownRow>('show_standby', {})));
}

/** A server whose row has not been replayed shows nothing that a renewal has. */
function positionOf({ timeline, seq }: ShownRow): Position {
  return { timeline: timeline ?? '', seq: Number(seq ?? -1) };
}
