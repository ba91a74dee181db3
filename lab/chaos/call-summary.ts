import type { RecordedCall } from './api-client.ts';
import { max } from './max.ts';
import type { Figure } from './scenario.ts';

const waitAtMostMs = 10_000;
const healthyWithinMs = 5000;
/** A healthy call is answered within this, under this load on two cores. */
const healthyMs = 1000;

/** Judges the calls of one fault, by kind: what was answered how, and how long the longest took. */
export function checkCalls(
  fault: string,
  calls: readonly RecordedCall[],
  span: { from: number; mended: number },
): Figure[] {
  const begun = (call: RecordedCall) => call.at - call.ms;
  const during = calls.filter((call) => call.at >= span.from && begun(call) < span.mended);
  const odd = during.filter(({ status, retryAfter }) => status >= 500 && !(status === 503 && retryAfter));
  const slow = during.filter(({ ms }) => ms > waitAtMostMs);
  const late = calls.filter((call) => begun(call) >= span.mended && (!isServed(call) || call.ms > healthyMs));
  const healthy = max(late.map((call) => begun(call) - span.mended));
  const after = calls.filter((call) => begun(call) >= span.mended + healthyWithinMs);
  const longest = max(during.map(({ ms }) => ms));
  return [
    {
      what: `${fault}: calls while it lasted, by kind`,
      figure: kindsOf(during)
        .map((kind) => toldOf(kind, during))
        .join('; '),
      ok: during.length > 0,
    },
    {
      what: `${fault}: answers of 500 and above but 503 with Retry-After`,
      figure: odd.length === 0 ? '0' : `${odd.length}, as ${odd[0]!.kind} ${odd[0]!.status}`,
      bound: '0',
      ok: odd.length === 0,
    },
    {
      what: `${fault}: the longest wait`,
      figure: `${Math.round(longest)} ms${slow[0] ? ` (${slow[0].kind})` : ''}`,
      bound: `${waitAtMostMs} ms`,
      ok: slow.length === 0,
    },
    {
      what: `${fault}: full health after its end`,
      figure: `${Math.round(healthy)} ms; of the ${after.length} calls begun 5 s after, ${after.filter(isServed).length} were served`,
      bound: `${healthyWithinMs} ms`,
      ok: healthy <= healthyWithinMs && after.length > 0 && after.every(isServed),
    },
  ];
}

function isServed({ status }: RecordedCall): boolean {
  return status > 0 && status < 500;
}

function kindsOf(calls: readonly RecordedCall[]): string[] {
  return [...new Set(calls.map(({ kind }) => kind))].sort();
}

/** "profile 12 served, 3 refused, 0 cut off, 9003 ms". */
function toldOf(kind: string, calls: readonly RecordedCall[]): string {
  const mine = calls.filter((call) => call.kind === kind);
  const served = mine.filter(isServed).length;
  const cutOff = mine.filter(({ status }) => status === 0).length;
  const longest = Math.round(max(mine.map(({ ms }) => ms)));
  return `${kind} ${served} served, ${mine.length - served - cutOff} refused, ${cutOff} cut off, ≤ ${longest} ms`;
}
