import { join } from 'node:path';
import { createDatabase } from '../../test/support/create-database.ts';
import { FakeGateway } from '../chaos/fake-gateway.ts';
import { appAuthorization, clientId, secret, signInToApp, writeAppFile } from '../chaos/oidc-sign-in.ts';
import { buildProduct } from '../chaos/product.ts';
import { RawConnection, type RawResponse } from '../chaos/raw-connection.ts';
import { load, type Measured } from './load.ts';
import { serverOf, vouch } from './peers.ts';
import type { Plan } from './plan.ts';
import { postgresPid, withCosts } from './processor-time.ts';
import { type Row, residentMemory, summarize } from './results.ts';

/** A provider of OpenID Connect in a process of its own. */
interface OidcPeer {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  /** The refresh token of a new person's sign-in. */
  signIn(): Promise<string>;
  end(): Promise<void>;
}

const chains = 32;

/**
 * The exchange of a refresh token for the next ones, with an ID token by RS256, and an introspection, beside `oidc-provider` with
 * its memory adapter: the library under Vouch without our storage, sessions and rotation. In turns.
 */
export async function compareOidc(plan: Plan): Promise<Row[]> {
  const { seconds, rounds } = plan;
  await buildProduct();
  const gateway = await FakeGateway.open();
  const contestants: OidcPeer[] = [];
  try {
    contestants.push(await openVouch(plan, gateway), await openLibrary());
    const postgres = await postgresPid(plan);
    const rows: Row[] = [];
    for (const [work, prepare] of Object.entries(works)) {
      const measured = new Map<string, Measured[]>(contestants.map(({ name }) => [name, []]));
      const runs = new Map(await Promise.all(contestants.map(async (one) => [one, await prepare(one)] as const)));
      for (const run of runs.values()) await run(1);
      for (let round = 0; round < rounds; round += 1)
        for (const [{ name, pid }, run] of runs)
          measured.get(name)?.push(await withCosts({ application: pid, postgres }, () => run(seconds)));
      const ours = summarize(measured.get('vouch') ?? []);
      for (const [name, all] of measured) {
        const mine = summarize(all);
        rows.push({ work, kind: name, ...mine, 'we do': `${(ours.rate / mine.rate).toFixed(2)} times` });
      }
    }
    for (const { name, pid } of contestants)
      rows.push({ work: 'memory after that', kind: name, MiB: residentMemory(pid) });
    return rows;
  } finally {
    for (const contestant of contestants) await contestant.end();
    gateway.close();
  }
}

/** The works that are compared; each makes its sign-ins before it is measured. */
const works: Record<string, (peer: OidcPeer) => Promise<(seconds: number) => Promise<Measured>>> = {
  'refresh of tokens, each of its own sign-in': async (peer) => {
    const free = await signIns(peer);
    return (seconds) =>
      onConnections(peer, seconds, async (post) => {
        const token = free.pop() ?? '';
        const answer = await post('/oauth/token', { grant_type: 'refresh_token', refresh_token: token });
        free.push(String(answer.refresh_token));
      });
  },
  'introspection of an access token': async (peer) => {
    const tokens: string[] = [];
    await onConnections(
      peer,
      60,
      async (post) => {
        const form = { grant_type: 'refresh_token', refresh_token: await peer.signIn() };
        tokens.push(String((await post('/oauth/token', form)).access_token));
      },
      chains,
    );
    let next = 0;
    return (seconds) =>
      onConnections(peer, seconds, async (post) => {
        next += 1;
        const { active } = await post('/oauth/introspection', { token: tokens[next % tokens.length] ?? '' });
        if (active !== true) throw new Error(`${peer.name}: a token is not active`);
      });
  },
};

async function signIns(peer: OidcPeer): Promise<string[]> {
  const tokens: string[] = [];
  while (tokens.length < chains) tokens.push(await peer.signIn());
  return tokens;
}

type Post = (path: string, form: Record<string, string>) => Promise<Record<string, unknown>>;

/** Posts forms again and again over connections that cost next to nothing. */
async function onConnections(
  { name, port }: OidcPeer,
  seconds: number,
  work: (post: Post) => Promise<void>,
  atMost?: number,
): Promise<Measured> {
  const all: RawConnection[] = [];
  const free: RawConnection[] = [];
  const post: Post = async (path, form) => {
    const connection = free.pop() ?? new RawConnection(port);
    if (!all.includes(connection)) all.push(connection);
    const { status, body } = await new Promise<RawResponse>((done) => connection.send(bytesOf(name, path, form), done));
    if (status !== 200) throw new Error(`${name}, ${path}: ${status} ${body}`);
    free.push(connection);
    return JSON.parse(body);
  };
  const measured = await load(seconds, () => work(post), atMost);
  for (const connection of all) connection.close();
  return measured;
}

function bytesOf(name: string, path: string, form: Record<string, string>): string {
  const body = new URLSearchParams(form).toString();
  const own = name === 'vouch' ? path : path.replace(/^\/oauth/, '').replace('introspection', 'token/introspection');
  return `POST ${own} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${appAuthorization}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

async function openVouch({ url, dataDir }: Plan, gateway: FakeGateway): Promise<OidcPeer> {
  const file = join(dataDir, 'clients.json');
  await writeAppFile(file);
  const database = await createDatabase(url, 'bench_oidc', { migrated: false });
  const peer = await vouch(database, gateway, dataDir, { env: { OIDC: 'on', CLIENTS_FILE: file } });
  const { port } = peer.sessionAt;
  return {
    name: 'vouch',
    pid: peer.pid,
    port,
    signIn: async () => signInToApp(port, (await peer.signIn()).authorization?.replace('Token ', '') ?? ''),
    end: () => peer.end(),
  };
}

async function openLibrary(): Promise<OidcPeer> {
  const [child, port] = await serverOf('oidc-provider.js', { CLIENT_ID: clientId, CLIENT_SECRET: secret });
  return {
    name: 'oidc-provider, in memory',
    pid: child.pid ?? 0,
    port,
    signIn: async () => (await fetch(`http://127.0.0.1:${port}/sign-in`)).text(),
    end: async () => void child.kill('SIGKILL'),
  };
}
