import { auditCommands } from './audit-commands.ts';
import { backupCommands } from './backup-commands.ts';
import { blockCommands } from './block-commands.ts';
import { clientCommands } from './client-commands.ts';
import type { Command, CommandGroup } from './command.ts';
import { deliveryCommands } from './delivery-commands.ts';
import { inviteCommands } from './invite-commands.ts';
import { keyCommands } from './key-commands.ts';
import { numberCommands } from './number-commands.ts';
import { operatorCommands } from './operator-commands.ts';
import { overviewCommands } from './overview-commands.ts';
import { peopleCommands } from './people-commands.ts';
import { transferCommands } from './transfer-commands.ts';
import { webhookCommands } from './webhook-commands.ts';

/** The groups of commands, in the order of the usage text. A group has a file of its own, `<group>-commands.ts`. */
const groups: readonly CommandGroup[] = [
  numberCommands,
  peopleCommands,
  blockCommands,
  inviteCommands,
  overviewCommands,
  deliveryCommands,
  operatorCommands,
  webhookCommands,
  auditCommands,
  keyCommands,
  clientCommands,
  transferCommands,
  backupCommands,
];

/** Each command by its name. */
export const commands: CommandGroup = Object.fromEntries(groups.flatMap((group) => Object.entries(group)));

/** The usage text. */
export const usage = `Usage: vouch <command> [options]

${indented(Object.values(commands))}
  --json                       one JSON document instead of text
  --help

It reads the same variables and the same .env as the server, and works beside it. Without a command the server starts.
`;

function indented(all: readonly Command[]): string {
  return all
    .flatMap(({ usage: text }) => `vouch ${text}`.split('\n'))
    .map((line) => `  ${line}`)
    .join('\n');
}
