import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ImportResult } from './import-process.ts';
import { createClient, type Send } from './load.ts';
import type { Plan } from './plan.ts';
import { postgresPid, timeOf } from './processor-time.ts';
import { middle, type Row } from './results.ts';

/** Sign-ins a second beside an import. */
const signInsPerSecond = 20;

/**
 * An import of `--most` people as the original's `dumpdata` writes them, half of them invited and each with a token: rows a
 * second of wall time and of processor time, and the memory; then the time of a sign-in alone and beside a second import.
 */
export async function measureImport(plan: Plan): Promise<Row[]> {
  const postgres = await postgresPid(plan);
  const size = plan.maxAccounts;
  const [first, second] = [join(plan.dataDir, 'first.json'), join(plan.dataDir, 'second.json')];
  await writePeople(first, 0, size);
  const beside = Math.max(1000, Math.round(size / 4));
  await writePeople(second, size, beside);
  const rows: Row[] = [];
  const importOf = async (name: string, path: string, count: number) => {
    const before = timeOf(postgres);
    const result = await runImport(plan.url, path);
    const inPostgres = (timeOf(postgres) - before) / count;
    rows.push({
      what: name,
      people: count,
      'people/s': Math.round(count / result.seconds),
      // a person and a token are two rows of the file
      'rows/s': Math.round((2 * count) / result.seconds),
      'application, ms': Number((result.cpuMs / count).toFixed(3)),
      'PostgreSQL, ms': Number(inPostgres.toFixed(3)),
      'memory, MiB': result.maxMiB,
    });
  };
  await importOf('import', first, size);
  await importOf('the same again', first, size);
  const server = await openServer(plan.url);
  await paceSignIns(server, 1000);
  const alone = await paceSignIns(server, plan.seconds * 1000);
  let isOver = false;
  const importing = importOf('import beside sign-ins', second, beside).finally(() => {
    isOver = true;
  });
  const during = await paceSignIns(server, 3_600_000, () => isOver);
  await importing;
  server.child.kill('SIGKILL');
  for (const [what, times] of [
    ['a sign-in alone', alone],
    ['a sign-in beside an import', during],
  ] as const)
    rows.push({ what, 'sign-ins': times.length, 'median, ms': Number(middle(times).toFixed(1)) });
  return rows;
}

/** Writes people, in the order of their ids, each second one invited by an earlier one. */
async function writePeople(path: string, from: number, count: number): Promise<void> {
  const file = createWriteStream(path);
  const write = async (text: string) => {
    if (!file.write(text)) await once(file, 'drain');
  };
  await write('[');
  for (let id = from; id < from + count; id += 1) {
    await write(`${id === from ? '' : ',\n'}${JSON.stringify(personOf(id, from))}`);
  }
  for (let id = from; id < from + count; id += 1) {
    const pk = id.toString(16).padStart(40, 'a');
    await write(`,\n${JSON.stringify({ model: 'authtoken.token', pk, fields: { created: time, user: id + 1 } })}`);
  }
  await write(']');
  file.end();
  await once(file, 'finish');
}

const time = '2024-03-02T09:05:00Z';

function personOf(id: number, from: number) {
  const fields = {
    password: '',
    is_active: true,
    date_joined: time,
    email: `person${id}@example.com`,
    username: `Person ${id}`,
    first_name: 'Anna',
    last_name: null,
    phone_number: `+7916${String(id).padStart(7, '0')}`,
    region: 'RU',
    referal_code: codeOf(id),
    invite_code: id > from && id % 2 === 1 ? codeOf(from + Math.floor((id - from) / 3)) : null,
  };
  return { model: 'users.user', pk: id + 1, fields };
}

/** A code of six characters, a lower-case one among them, as the original gives out. */
function codeOf(id: number): string {
  return id.toString(36).padStart(5, '0').slice(-5).toUpperCase().concat('x');
}

async function runImport(url: string, path: string): Promise<ImportResult> {
  const child = fork(fileURLToPath(new URL('import-process.ts', import.meta.url)), [url, path], {
    execArgv: ['--import', 'tsx'],
  });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the import ended with ${code}`)));
  const [result] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return result;
}

interface BenchServer {
  readonly child: ReturnType<typeof fork>;
  readonly send: Send;
  readonly codes: Map<string, (code: string) => void>;
}

async function openServer(url: string): Promise<BenchServer> {
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), ['vouch', url], {
    execArgv: ['--import', 'tsx'],
  });
  const [{ port }] = await once(child, 'message');
  const codes: BenchServer['codes'] = new Map();
  child.on('message', (message: { to?: string; code?: string }) => {
    if (message.to && message.code) codes.get(message.to)?.(message.code);
  });
  return { child, send: createClient(port), codes };
}

let people = 0;

/** Signs new people in at a steady rate, and returns the time of each sign-in. */
async function paceSignIns(server: BenchServer, ms: number, isOver = () => false): Promise<number[]> {
  const times: number[] = [];
  const running: Promise<void>[] = [];
  const end = performance.now() + ms;
  while (performance.now() < end && !isOver()) {
    const startedAt = performance.now();
    running.push(signIn(server).then(() => void times.push(performance.now() - startedAt)));
    await pause(1000 / signInsPerSecond);
  }
  await Promise.all(running);
  return times;
}

async function signIn({ send, codes }: BenchServer): Promise<void> {
  people += 1;
  const phone_number = `+7926${String(people).padStart(7, '0')}`;
  const code = new Promise<string>((resolve) => codes.set(phone_number, resolve));
  await send('POST', '/api/request-sms/', { phone_number });
  await send('POST', '/api/verify-sms/', { phone_number, sms_code: await code });
  codes.delete(phone_number);
}
