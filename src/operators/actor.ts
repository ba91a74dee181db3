import { type Act, type ActRule, acts, type Role, roles, type Scope } from './act.ts';

/** The author of an act, as one of the three doors has authenticated it. */
export type Actor =
  | {
      readonly kind: 'operator';
      /** The account of the operator. */
      readonly id: string;
      readonly role: Role;
      readonly clientIp: string;
      readonly device: string;
      /** Whether the operator has entered a fresh code lately. */
      readonly hasFreshCode: boolean;
    }
  | {
      readonly kind: 'key';
      /** The public id of the API key. */
      readonly id: string;
      readonly scopes: readonly Scope[];
      readonly clientIp: string;
    }
  | {
      readonly kind: 'command_line';
      /** The name in the operating system. */
      readonly id: string;
    };

/** The refusal of an act, before anything is read or written. */
export type ActRefusal =
  | { readonly code: 'act_not_allowed'; readonly act: Act }
  | { readonly code: 'reason_needed'; readonly act: Act }
  | { readonly code: 'fresh_code_needed'; readonly act: Act };

/**
 * Why an actor may not do an act, or undefined if they may. The reason is a text of theirs that the audit trail keeps; API
 * keys need none, since their owner answers for them.
 */
export function refusalOf(actor: Actor, act: Act, reason?: string): ActRefusal | undefined {
  const rule: ActRule = acts[act];
  if (!isAllowed(actor, rule)) return { code: 'act_not_allowed', act };
  if (rule.needsReason && actor.kind === 'operator' && !reason?.trim()) return { code: 'reason_needed', act };
  if (rule.needsFreshCode && actor.kind === 'operator' && !actor.hasFreshCode)
    return { code: 'fresh_code_needed', act };
  return undefined;
}

/**
 * Why an actor may not see the list of what an act manages, or undefined if they may. A list has no secret and no number in
 * clear, so it needs neither a reason nor a fresh code.
 */
export function refusalOfList(actor: Actor, act: Act): ActRefusal | undefined {
  return isAllowed(actor, acts[act]) ? undefined : { code: 'act_not_allowed', act };
}

function isAllowed(actor: Actor, rule: ActRule): boolean {
  if (actor.kind === 'operator') return roles.indexOf(actor.role) >= roles.indexOf(rule.role);
  if (actor.kind === 'key') return rule.scope !== null && actor.scopes.includes(rule.scope);
  return rule.isCommand;
}
