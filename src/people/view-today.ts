import { refuseAct } from '../audit/refuse-act.ts';
import type { AuditNeeds } from '../audit/store.ts';
import type { Database } from '../db/database.ts';
import type { Actor, ActRefusal } from '../operators/actor.ts';
import type { Breaker } from '../routing/breaker.ts';
import { readBreakers } from '../routing/breaker-store.ts';
import { findHours, findRefused, type RefusedRow, readNow, type TodayRow } from './today-store.ts';

/** The numbers of messages on their way, and their price by currency in millionths. */
export interface Sums {
  readonly asked: number;
  readonly sent: number;
  readonly delivered: number;
  readonly completed: number;
  readonly failed: number;
  readonly spend: ReadonlyMap<string, bigint>;
}

/** The sums of a country or a provider, and those of the same hours a week before. */
export interface SumsOf {
  readonly name: string;
  readonly today: Sums;
  readonly before: Sums;
}

/** A day of messages, of UTC as the daily maxima are, beside the same hours of the same day last week. */
export interface Today {
  readonly since: Date;
  readonly until: Date;
  readonly today: Sums;
  readonly before: Sums;
  /** The 24 hours of the day; those to come have only the day before. */
  readonly hours: readonly SumsOf[];
  readonly countries: readonly SumsOf[];
  readonly providers: readonly SumsOf[];
  readonly refused: readonly RefusedRow[];
  readonly breakers: readonly Breaker[];
}

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** The totals of today by the clock of the database, in two round trips. */
export async function viewToday(needs: AuditNeeds, actor: Actor): Promise<Today | ActRefusal> {
  const refusal = await refuseAct(needs, actor, 'read_totals');
  if (refusal) return refusal;
  const { db } = needs;
  const now = await readNow(db);
  const since = new Date(now.getTime() - (now.getTime() % dayMs));
  const lastWeek = new Date(since.getTime() - weekMs);
  const [rows, weekRows, refused, breakers] = await Promise.all([
    findHours(db, since, now),
    findPastDay(db, lastWeek),
    findRefused(db, since),
    readBreakers(db),
  ]);
  const shifted = weekRows.map((row) => ({ ...row, hour: new Date(row.hour.getTime() + weekMs) }));
  const soFar = shifted.filter(({ hour }) => hour.getTime() <= now.getTime());
  return {
    since,
    until: now,
    today: sumOf(rows),
    before: sumOf(soFar),
    hours: hoursOf(since, rows, shifted),
    countries: groupsOf(rows, soFar, ({ country }) => country),
    providers: groupsOf(rows, soFar, ({ provider }) => provider),
    refused,
    breakers,
  };
}

/** The days of last week that were read, by the database: a day of a million messages takes a second to sum. */
const pastDays = new WeakMap<Database['sql'], { readonly since: number; readonly rows: Promise<TodayRow[]> }>();

/** The messages of a day that is over for six days, read once a day by each process: a receipt comes within hours. */
function findPastDay(db: Database, since: Date): Promise<TodayRow[]> {
  const known = pastDays.get(db.sql);
  if (known?.since === since.getTime()) return known.rows;
  const rows = findHours(db, since, new Date(since.getTime() + dayMs));
  pastDays.set(db.sql, { since: since.getTime(), rows });
  // a read that failed is tried again by the next one
  rows.catch(() => pastDays.delete(db.sql));
  return rows;
}

function hoursOf(since: Date, rows: readonly TodayRow[], before: readonly TodayRow[]): SumsOf[] {
  return Array.from({ length: 24 }, (_, hour) => {
    const time = since.getTime() + hour * 3_600_000;
    const ofHour = (all: readonly TodayRow[]) => sumOf(all.filter((row) => row.hour.getTime() === time));
    return { name: String(hour).padStart(2, '0'), today: ofHour(rows), before: ofHour(before) };
  });
}

function groupsOf(
  rows: readonly TodayRow[],
  before: readonly TodayRow[],
  nameOf: (row: TodayRow) => string,
): readonly SumsOf[] {
  const names = [...new Set([...rows, ...before].map(nameOf))];
  return names
    .map((name) => ({
      name,
      today: sumOf(rows.filter((row) => nameOf(row) === name)),
      before: sumOf(before.filter((row) => nameOf(row) === name)),
    }))
    .sort((a, b) => b.today.asked - a.today.asked || b.before.asked - a.before.asked);
}

function sumOf(rows: readonly TodayRow[]): Sums {
  const sum = (member: 'asked' | 'sent' | 'delivered' | 'completed' | 'failed') =>
    rows.reduce((total, row) => total + row[member], 0);
  const spend = new Map<string, bigint>();
  for (const row of rows) {
    if (row.currency === null) continue;
    spend.set(row.currency, (spend.get(row.currency) ?? 0n) + BigInt(row.spend));
  }
  return {
    asked: sum('asked'),
    sent: sum('sent'),
    delivered: sum('delivered'),
    completed: sum('completed'),
    failed: sum('failed'),
    spend,
  };
}
