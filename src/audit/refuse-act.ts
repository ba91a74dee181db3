import { maskIp } from '../limits/client-ip.ts';
import type { RateLimit } from '../limits/rate-limit.ts';
import type { Act } from '../operators/act.ts';
import { type Actor, type ActRefusal, refusalOf, refusalOfList } from '../operators/actor.ts';
import { actArguments } from './act.ts';
import { type AuditNeeds, recordRefusedAct } from './store.ts';

/** The object and the reason of an act, as its actor names them; a number is masked. */
export interface RefusedAct {
  readonly target?: string | undefined;
  readonly reason?: string | undefined;
}

/** The rows of one actor for one act: the trail has that they tried, and no flood of theirs. */
const recordedRefusals = { name: 'refusals', quota: 3, windowSeconds: 3600 } as const satisfies RateLimit;

/** Why an actor may not do an act, as `refusalOf`. A role or a scope that does not allow it leaves an event in the trail. */
export async function refuseAct(
  needs: AuditNeeds,
  actor: Actor,
  act: Act,
  about: RefusedAct = {},
): Promise<ActRefusal | undefined> {
  const refusal = refusalOf(actor, act, about.reason);
  if (refusal?.code === 'act_not_allowed') await record(needs, actor, act, about);
  return refusal;
}

/** The same for the list of what an act manages, as `refusalOfList`. */
export async function refuseList(needs: AuditNeeds, actor: Actor, act: Act): Promise<ActRefusal | undefined> {
  const refusal = refusalOfList(actor, act);
  if (refusal) await record(needs, actor, act, {});
  return refusal;
}

async function record({ db, log }: AuditNeeds, actor: Actor, act: Act, { target, reason }: RefusedAct): Promise<void> {
  const { quota, windowSeconds } = recordedRefusals;
  const bucket = { key: `refused:${actor.kind}:${actor.id}:${act}`, quota, window: windowSeconds };
  if (!(await recordRefusedAct(db, bucket, act, actArguments(actor, { reason }), target))) return;
  const client = actor.kind === 'command_line' ? undefined : maskIp(actor.clientIp);
  const role = actor.kind === 'operator' ? actor.role : undefined;
  log.warn({ act, actor: actor.kind, actorId: actor.id, role, target, client }, 'operator act refused');
}
