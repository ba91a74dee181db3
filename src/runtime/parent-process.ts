import { execFile } from 'node:child_process';
import cluster from 'node:cluster';
import type { Signals } from './signals.ts';

const pollIntervalMs = 500;
/** A hang-up of a terminal reaches npm and us at the same time. */
const sameHangUpMs = 5000;

/** The program that started this process, if it expects more than signals. */
export interface Parent {
  /** Whether it is a `node:cluster` of another program, as PM2 in cluster mode, whose workers cannot have workers. */
  readonly isCluster: boolean;
  /** Reports that we serve. */
  reportReady(): void;
}

/** Does what npm, PM2 and systemd expect of a process that they started. */
export function followParent(signals: Signals): Parent {
  const { env } = process;
  if (env.npm_lifecycle_script?.includes('scripts/start.mjs')) endWithNpm(signals);
  const isPm2 = env.pm_id !== undefined && process.send !== undefined;
  if (isPm2) process.on('message', (message) => message === 'shutdown' && signals.request());
  if (cluster.isWorker) note('WORKERS counts as 1 here: the parent is a node:cluster, and starts as many as it likes');
  return {
    isCluster: cluster.isWorker,
    reportReady: () => {
      if (isPm2) process.send?.('ready');
      if (env.NOTIFY_SOCKET) notifySystemd();
    },
  };
}

/**
 * Ends this process after npm has ended, since npm passes on SIGINT and SIGTERM only. After any other signal, its
 * supervisor would start the next process while we hold the port and the data. After a hang-up of the terminal, `nohup`
 * wants us to stay, although npm ends.
 */
function endWithNpm(signals: Signals): void {
  const npm = process.ppid;
  const polling = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(polling);
    if (performance.now() - signals.hangUpAt > sameHangUpMs) signals.request();
  }, pollIntervalMs).unref();
}

/** Node.js has no datagrams over Unix sockets, which the protocol of `Type=notify` needs. */
function notifySystemd(): void {
  execFile('systemd-notify', ['--ready'], (error) => {
    if (error)
      note(
        `systemd was not told that we serve (${error.message.trim()}): set Type=exec, or NotifyAccess=all for Type=notify`,
      );
  });
  if (process.env.WATCHDOG_USEC) note('WatchdogSec is not answered: remove it from the unit');
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
