import {
  type CommandArguments,
  type CommandContext,
  type CommandGroup,
  type CommandOutput,
  defineCommand,
} from './command.ts';
import { recordedOperation } from './recorded-operation.ts';

const folderOperand = { noun: 'folder', example: '/var/backups/vouch' };

/** Backup and restore. */
export const backupCommands: CommandGroup = {
  backup: defineCommand({
    usage: 'backup <folder>        writes the database, and the key that lies in DATA_DIR, into a new folder',
    operands: [folderOperand],
    parse: parseFolder,
    run: makeBackup,
  }),
  restore: defineCommand({
    usage: 'restore <folder>       puts such a backup into an empty DATA_DIR, or an empty database of DATABASE_URL',
    operands: [folderOperand],
    parse: parseFolder,
    run: restoreBackup,
  }),
};

interface FolderInput {
  readonly folder: string;
}

function parseFolder({ operands: [folder = ''] }: CommandArguments): FolderInput {
  return { folder };
}

async function makeBackup(context: CommandContext, { folder }: FolderInput): Promise<CommandOutput> {
  const { backup } = await import('./backup.ts');
  const output = await backup(context.config, folder, await context.createLog());
  await context.withDatabase(await recordedOperation({ event: 'backup_made' }));
  return output;
}

async function restoreBackup(context: CommandContext, { folder }: FolderInput): Promise<CommandOutput> {
  const { isEmpty, restore } = await import('./restore.ts');
  const output = await restore(context.config, folder, {
    log: await context.createLog(),
    isEmpty: () => context.withDatabase(isEmpty),
  });
  await context.withDatabase(await recordedOperation({ event: 'backup_restored' }));
  return output;
}
