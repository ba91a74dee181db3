/** A role of an operator. Each has the rights of the earlier ones. */
export const roles = ['viewer', 'support', 'admin', 'owner'] as const;
/** The name of a role. */
export type Role = (typeof roles)[number];

/** A right of an API key. */
export const scopes = [
  'users:read',
  'users:write',
  'users:erase',
  'messages:read',
  'invites:read',
  'invites:write',
  'blocks:write',
  'events:read',
  'webhooks:write',
  'verifications:write',
  'clients:read',
  'clients:write',
  'import',
  'export',
] as const;
/** The name of a right of API keys. */
export type Scope = (typeof scopes)[number];

/** The rule of an act, the same for the console, the management API and the command line. */
export interface ActRule {
  /** The lowest role that may do it. */
  readonly role: Role;
  /** The scope that an API key needs; null if no key may do it. */
  readonly scope: Scope | null;
  /** Whether the command line has it. */
  readonly isCommand: boolean;
  /** Whether an operator has to name a reason, which the audit trail keeps. */
  readonly needsReason: boolean;
  /** Whether the console asks for a fresh code before, since the act destroys or reveals. */
  readonly needsFreshCode: boolean;
}

const reading = { isCommand: true, needsReason: false, needsFreshCode: false };
const acting = { isCommand: true, needsReason: true, needsFreshCode: false };
const destroying = { isCommand: true, needsReason: true, needsFreshCode: true };
const revealing = destroying;
const settingUp = { isCommand: true, needsReason: false, needsFreshCode: true };

/** Each act of operators and API keys, with its rule. A door that is not told to allow an act refuses it. */
export const acts = {
  /** Totals, lists with masked numbers, settings without secrets. */
  read_totals: { role: 'viewer', scope: 'messages:read', ...reading },
  read_messages: { role: 'viewer', scope: 'messages:read', ...reading },
  read_people: { role: 'viewer', scope: 'users:read', ...reading },
  read_invites: { role: 'viewer', scope: 'invites:read', ...reading },
  read_blocks: { role: 'viewer', scope: 'users:read', ...reading },
  read_settings: { role: 'viewer', scope: null, ...reading },
  /** A number in clear with everything known about it. */
  reveal_number: { role: 'support', scope: 'users:read', ...revealing },
  unlock_number: { role: 'support', scope: 'users:write', ...acting },
  end_sessions: { role: 'support', scope: 'users:write', ...acting },
  change_person: { role: 'admin', scope: 'users:write', ...acting },
  block: { role: 'admin', scope: 'blocks:write', ...acting },
  unblock: { role: 'admin', scope: 'blocks:write', ...acting },
  close_invite: { role: 'admin', scope: 'invites:write', ...acting },
  erase_person: { role: 'admin', scope: 'users:erase', ...destroying },
  export_person: { role: 'admin', scope: 'export', ...revealing },
  export_all: { role: 'owner', scope: 'export', ...revealing },
  import_people: { role: 'admin', scope: 'import', ...settingUp },
  read_events: { role: 'admin', scope: 'events:read', ...reading },
  manage_webhooks: { role: 'admin', scope: 'webhooks:write', ...settingUp },
  /** Sending a code to a number and checking it, for an application with users of its own. */
  verify_numbers: { role: 'owner', scope: 'verifications:write', ...reading, isCommand: false },
  manage_keys: { role: 'admin', scope: null, ...settingUp },
  /** The apps that sign people in by OpenID Connect, and the keys of their tokens. */
  read_clients: { role: 'admin', scope: 'clients:read', ...reading },
  manage_clients: { role: 'admin', scope: 'clients:write', ...settingUp },
  read_audit: { role: 'admin', scope: null, ...reading },
  manage_operators: { role: 'owner', scope: null, ...settingUp },
} as const satisfies Record<string, ActRule>;
/** The name of an act. */
export type Act = keyof typeof acts;

/** Whether a text is the name of an act. */
export function isAct(text: string): text is Act {
  return Object.hasOwn(acts, text);
}
