import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * A screen that nobody sees, for a browser that has to have one: its name, as `DISPLAY` has it, and its process. It is as
 * high as the longest page that is pictured whole.
 */
export async function openDisplay(): Promise<{ name: string; process: ChildProcess }> {
  // it takes the first display that is free, and tells its number
  const process = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x6000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const said = process.stdio[3]!;
  const [number] = await Promise.race([
    once(said, 'data'),
    once(process, 'exit').then(() => Promise.reject(new Error('Xvfb has ended'))),
  ]);
  return { name: `:${String(number).trim()}`, process };
}
