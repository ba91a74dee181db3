import { leaseSeconds } from '../../src/deliveries/delivery.ts';

/** Somebody's request for a code, to which process, and how it was answered: 0 where no answer came. */
export interface CodeRequest {
  readonly number: string;
  readonly by: string;
  readonly status: number;
}

/** A request that the sender got, and from which process. */
export interface GatewayRequest {
  readonly id: string;
  readonly number: string;
  readonly by: string;
  readonly code: string;
}

/** A row of `delivery`; times in ms. */
export interface DeliveryRow {
  readonly id: string;
  readonly number: string;
  readonly state: string;
  readonly askedAt: number;
  readonly beganAt: number | null;
}

/** What became of all that was asked for. */
export interface DeliveryAudit {
  /** Tries that the sender got more than once, and messages more than were asked for. */
  readonly duplicates: string[];
  /** Acknowledged, and neither at the sender nor said to be failed, unknown or dropped. */
  readonly lost: string[];
  /** Where rows and the sender say different things, or a process sent what was another's to send. */
  readonly inconsistent: string[];
  /** Begun when the lease of the process that was asked was over. */
  readonly takenOver: readonly { id: string; ms: number; byAnother: boolean }[];
  readonly states: Readonly<Record<string, number>>;
  /** Rows that say unknown, and how many of them the sender got. */
  readonly unknown: { readonly all: number; readonly arrived: number };
}

/** Compares what was asked for, what the sender got, and what the rows say; all are at rest. */
export function auditDeliveries(
  asks: readonly CodeRequest[],
  took: readonly GatewayRequest[],
  rows: readonly DeliveryRow[],
): DeliveryAudit {
  const twice: string[] = [];
  const lost: string[] = [];
  const odd: string[] = [];
  const askedBy = grouped(asks, ({ number }) => number);
  const tookOf = grouped(took, ({ id }) => id);
  const rowsOf = grouped(rows, ({ number }) => number);
  const rowOf = new Map(rows.map((row) => [row.id, row]));

  for (const [id, some] of tookOf) {
    const row = rowOf.get(id);
    if (some.length > 1) twice.push(`${id} was sent ${some.length} times`);
    if (!row) odd.push(`${id} was sent, and has no row`);
    else if (row.number !== some[0]!.number) odd.push(`${id} was sent to another number`);
    else if (row.state === 'waiting' || row.state === 'dropped')
      odd.push(`${id} was sent, and its row says ${row.state}`);
  }
  for (const [number, some] of grouped(took, ({ number }) => number)) {
    const asked = askedBy.get(number)?.length ?? 0;
    if (new Set(some.map(({ id }) => id)).size > asked)
      twice.push(`${number} asked ${asked} times, got ${some.length}`);
  }
  for (const [number, some] of askedBy) {
    const own = rowsOf.get(number) ?? [];
    const acknowledged = some.filter(({ status }) => status === 201).length;
    if (own.length < acknowledged) lost.push(`${number}: ${acknowledged} acknowledged, ${own.length} rows`);
    if (own.length > some.length) odd.push(`${number}: asked ${some.length} times, ${own.length} rows`);
  }
  for (const { id, state, number } of rows) {
    if (state === 'waiting' || state === 'sending') lost.push(`${number}: ${id} is ${state} for good`);
    if (state === 'accepted' && !tookOf.has(id)) lost.push(`${number}: ${id} was accepted by nobody`);
  }
  const takenOver = [];
  for (const { id, number, askedAt, beganAt } of rows) {
    if (beganAt === null) continue;
    const asked = askedBy.get(number) ?? [];
    const sender = tookOf.get(id)?.[0]?.by;
    const byAnother = sender !== undefined && !asked.some(({ by }) => by === sender);
    const ms = beganAt - askedAt;
    if (ms >= leaseSeconds * 1000) takenOver.push({ id, ms, byAnother });
    else if (byAnother) odd.push(`${id} was sent by another process after ${ms} ms`);
  }
  const states: Record<string, number> = {};
  for (const { state } of rows) states[state] = (states[state] ?? 0) + 1;
  const unknown = rows.filter(({ state }) => state === 'unknown');
  const arrived = unknown.filter(({ id }) => tookOf.has(id)).length;
  return { duplicates: twice, lost, inconsistent: odd, takenOver, states, unknown: { all: unknown.length, arrived } };
}

function grouped<Item>(items: readonly Item[], by: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(by(item));
    if (group) group.push(item);
    else groups.set(by(item), [item]);
  }
  return groups;
}
