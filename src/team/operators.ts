import { refuseAct, refuseList } from '../audit/refuse-act.ts';
import type { AuditNeeds } from '../audit/store.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import type { Role } from '../operators/act.ts';
import type { Actor, ActRefusal } from '../operators/actor.ts';
import type { TeamRefusal } from './refusal.ts';
import { changeOperator, findOperators, insertOperator, type OperatorRow } from './store.ts';

/** All operators, the earliest first, or a refusal. */
export async function listOperators(needs: AuditNeeds, actor: Actor): Promise<readonly OperatorRow[] | ActRefusal> {
  return (await refuseList(needs, actor, 'manage_operators')) ?? findOperators(needs);
}

/** Makes the account of a number an operator. The account has to exist: its owner has signed in once. */
export async function addOperator(
  needs: AuditNeeds,
  actor: Actor,
  input: { readonly phoneNumber: PhoneNumber; readonly role: Role },
): Promise<ActRefusal | TeamRefusal | undefined> {
  return (await refuseAct(needs, actor, 'manage_operators')) ?? insertOperator(needs, actor, input);
}

/** Changes the role of an operator, and ends their sessions: the last owner stays one. */
export async function changeRole(
  needs: AuditNeeds,
  actor: Actor,
  input: { readonly accountId: string; readonly role: Role },
): Promise<ActRefusal | TeamRefusal | undefined> {
  return (await refuseAct(needs, actor, 'manage_operators')) ?? changeOperator(needs, actor, input);
}

/** Removes an operator, and ends their sessions: the last owner stays one. */
export async function removeOperator(
  needs: AuditNeeds,
  actor: Actor,
  { accountId }: { readonly accountId: string },
): Promise<ActRefusal | TeamRefusal | undefined> {
  return (
    (await refuseAct(needs, actor, 'manage_operators')) ?? changeOperator(needs, actor, { accountId, role: undefined })
  );
}
