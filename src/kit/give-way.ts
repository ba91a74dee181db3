import { constants, setPriority } from 'node:os';

/**
 * Lets other processes have the processor before this one from now on (niceness 10, POSIX `nice`): work that nobody waits
 * for keeps nobody waiting. Processes that it has started before keep their priority.
 */
export function giveWay(): void {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}
