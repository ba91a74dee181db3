import type { AuditNeeds } from '../audit/store.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { type Role, roles } from '../operators/act.ts';
import type { ActRefusal } from '../operators/actor.ts';
import type { TeamRefusal } from '../team/refusal.ts';
import { oneOfWords } from './arguments.ts';
import {
  type CommandArguments,
  type CommandContext,
  type CommandGroup,
  type CommandOutput,
  defineCommand,
  numberOperand,
} from './command.ts';
import { parseOperatorNumber } from './parse-operator-number.ts';
import { UsageError } from './usage-error.ts';

/** The commands about the operators of the console. */
export const operatorCommands: CommandGroup = {
  'operator add': defineCommand({
    usage: `operator add <number>  lets a person who has signed in once use the console, or changes the role
    --role support           viewer, support, admin or owner; each has the rights of the earlier ones`,
    operands: [numberOperand],
    options: { role: 'string' },
    parse: (args) => ({ ...parseNumber(args), role: parseRole(args.text('role')) }),
    run: add,
  }),
  'operator list': defineCommand({
    usage: 'operator list          who may use the console, numbers masked',
    parse: () => ({}),
    run: list,
  }),
  'operator remove': defineCommand({
    usage: 'operator remove <number>  ends the access of a person to the console at once',
    operands: [numberOperand],
    parse: parseNumber,
    run: remove,
  }),
  'operator link': defineCommand({
    usage: 'operator link <number>  a link that signs an operator in once within 10 minutes, without the phone',
    operands: [numberOperand],
    parse: parseNumber,
    run: link,
  }),
};

interface NumberInput {
  readonly typed: string;
}

function parseNumber({ operands: [typed = ''] }: CommandArguments): NumberInput {
  return { typed };
}

function parseRole(text: string | undefined): Role {
  if (text === undefined)
    throw new UsageError(`--role is missing: one of ${roles.join(', ')}. Example: --role support`);
  return oneOfWords('role', text, roles);
}

const sentences: Readonly<Record<(TeamRefusal | ActRefusal)['code'], string>> = {
  no_account: 'Nobody has signed in with this number yet. Sign in once on the start page, then add the number.',
  already_operator: 'This number belongs to an operator already.',
  not_operator: 'This number does not belong to an operator. vouch operator list shows all.',
  last_owner: 'This is the last owner. Add another owner first.',
  act_not_allowed: 'The command line may not do this.',
  reason_needed: 'A reason is missing.',
  fresh_code_needed: 'A fresh code is missing.',
};

function outputOf(refusal: { readonly code: keyof typeof sentences } | undefined, text: string): CommandOutput {
  if (!refusal) return { json: { ok: true }, text, isGood: true };
  return { json: { ok: false, code: refusal.code }, text: sentences[refusal.code], isGood: false };
}

async function add(
  { actor, config, createLog, withDatabase }: CommandContext,
  { typed, role }: NumberInput & { readonly role: Role },
): Promise<CommandOutput> {
  const phoneNumber = await parseOperatorNumber(config, typed);
  const { addOperator, changeRole } = await import('../team/operators.ts');
  const log = await createLog();
  return withDatabase(async (db) => {
    const refusal = await addOperator({ db, log }, actor, { phoneNumber, role });
    if (refusal?.code !== 'already_operator') return outputOf(refusal, `The number may use the console as ${role}.`);
    const accountId = await accountOf({ db, log }, actor, phoneNumber);
    const changed = accountId ? await changeRole({ db, log }, actor, { accountId, role }) : refusal;
    return outputOf(changed, `The operator is ${role} from now on and has to sign in again.`);
  });
}

async function remove(
  { actor, config, createLog, withDatabase }: CommandContext,
  { typed }: NumberInput,
): Promise<CommandOutput> {
  const phoneNumber = await parseOperatorNumber(config, typed);
  const { removeOperator } = await import('../team/operators.ts');
  const log = await createLog();
  return withDatabase(async (db) => {
    const accountId = await accountOf({ db, log }, actor, phoneNumber);
    const refusal = accountId
      ? await removeOperator({ db, log }, actor, { accountId })
      : ({ code: 'not_operator' } as const);
    return outputOf(refusal, 'The number may not use the console any more. Its sessions have ended.');
  });
}

async function accountOf(
  needs: AuditNeeds,
  actor: CommandContext['actor'],
  phoneNumber: PhoneNumber,
): Promise<string | undefined> {
  const { listOperators } = await import('../team/operators.ts');
  const found = await listOperators(needs, actor);
  return 'code' in found ? undefined : found.find((row) => row.phone_number === phoneNumber)?.account_id;
}

async function list({ actor, withDatabase, createLog }: CommandContext): Promise<CommandOutput> {
  const { listOperators } = await import('../team/operators.ts');
  const { maskPhoneNumber } = await import('../kit/phone-number.ts');
  const { formatTable } = await import('./table.ts');
  const { formatTime } = await import('../people/format.ts');
  const log = await createLog();
  const found = await withDatabase((db) => listOperators({ db, log }, actor));
  if ('code' in found) return outputOf(found, '');
  const rows = found.map((row) => ({ ...row, phone_number: maskPhoneNumber(row.phone_number) }));
  const lines = rows.map((row) => ({
    number: row.phone_number,
    role: row.role,
    'added by': row.added_by,
    added: formatTime(row.added_at),
    'signed in': row.signed_in_at ? formatTime(row.signed_in_at) : '',
  }));
  const text =
    lines.length === 0 ? 'There is no operator. vouch operator add <number> --role owner' : formatTable(lines);
  return { json: rows, text, isGood: true };
}

async function link(
  { actor, config, createLog, withDatabase }: CommandContext,
  { typed }: NumberInput,
): Promise<CommandOutput> {
  const { consoleUrl } = await import('../config/console.ts');
  const url = consoleUrl(config);
  if (url === undefined) throw new UsageError('CONSOLE is off, so a link leads nowhere. Example: CONSOLE=9000');
  const phoneNumber = await parseOperatorNumber(config, typed);
  const { linkOperator } = await import('../team/links.ts');
  const { withoutName } = await import('../kit/token-prefix.ts');
  const log = await createLog();
  const made = await withDatabase((db) => linkOperator({ db, log }, actor, { phoneNumber }));
  if ('code' in made) return outputOf(made, '');
  const address = `${url}/link/${withoutName(made.token)}`;
  const text = `${address}\n\nThis link signs the operator in once, within 10 minutes. Give it to nobody else.`;
  return { json: { url: address }, text, isGood: true };
}
