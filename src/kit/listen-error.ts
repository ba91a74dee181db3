import { readdir, readFile, readlink } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { errorCode, errorMessage } from './caught.ts';

/** The host and port to listen on, and the variables that set them. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly hostVariable: string;
  readonly portVariable: string;
}

/** Turns the error of a `listen` into one sentence for an operator: host and port, the reason and the fix. */
export async function explainListenError(error: unknown, address: ListenAddress): Promise<Error> {
  const [code, message] = [errorCode(error), errorMessage(error)];
  const sentence = await (sentences[code] ?? defaultSentence)(address, `${code || message}`);
  return new Error(sentence, { cause: error });
}

type Sentence = (address: ListenAddress, code: string) => string | Promise<string>;

const noSuchAddress: Sentence = ({ host, hostVariable }, code) =>
  `${hostVariable}=${host} is no IP address of this machine (${code}): set ${hostVariable} to one of ${ownAddresses().join(', ')}`;

const noSuchName: Sentence = ({ host, hostVariable }, code) =>
  `${hostVariable}=${host} is a name without an IP address (${code}): set ${hostVariable} to one of ${ownAddresses().join(', ')}`;

const sentences: Readonly<Record<string, Sentence>> = {
  EADDRINUSE: async (address, code) =>
    `Port ${address.port} of ${address.host} is taken by ${await holderOf(address.port)} (${code}): end that, or set ` +
    `${address.portVariable} to a free port, as in ${address.portVariable}=${nextPort(address.port)}`,
  EACCES: ({ port, portVariable }, code) =>
    `This OS user may not listen on port ${port} (${code}): set ${portVariable} to one from 1024 on behind a reverse proxy, ` +
    'or give the process the capability CAP_NET_BIND_SERVICE',
  EADDRNOTAVAIL: noSuchAddress,
  EAFNOSUPPORT: noSuchAddress,
  EINVAL: noSuchAddress,
  ENOTFOUND: noSuchName,
  EAI_AGAIN: noSuchName,
  EAI_FAIL: noSuchName,
  EAI_NODATA: noSuchName,
};

const defaultSentence: Sentence = ({ host, port, hostVariable, portVariable }, reason) =>
  `Port ${port} of ${host} cannot be listened on (${reason}): set ${hostVariable} and ${portVariable} to a free host and port`;

function nextPort(port: number): number {
  return port < 65_535 ? port + 1 : 8000;
}

function ownAddresses(): string[] {
  const localAddresses = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const plain = localAddresses.filter(({ address }) => !address.startsWith('fe80')).map(({ address }) => address);
  return [...new Set(['0.0.0.0', '127.0.0.1', ...plain])].slice(0, 6);
}

/** The process that listens on a port, by name and id, if the system shows it. */
async function holderOf(port: number): Promise<string> {
  const sockets = new Set((await Promise.all(['tcp', 'tcp6'].map((table) => listenersIn(table, port)))).flat());
  const pids = sockets.size > 0 ? (await readdir('/proc')).filter((name) => /^\d+$/.test(name)) : [];
  for (const pid of pids) {
    if (!(await holdsOne(pid, sockets))) continue;
    if (Number(pid) === process.pid) return 'this very process, for another variable';
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    return `process ${pid} (${name.trim()})`;
  }
  return 'another process';
}

/** The inodes of sockets that listen on the port (state 0A of proc_net_tcp(5)). */
async function listenersIn(table: string, port: number): Promise<string[]> {
  const rows = (await readFile(`/proc/net/${table}`, 'utf8').catch(() => '')).split('\n').slice(1);
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === '0A')
    .map((fields) => `socket:[${fields[9]}]`);
}

async function holdsOne(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => ''));
  return (await Promise.all(links)).some((link) => sockets.has(link));
}
