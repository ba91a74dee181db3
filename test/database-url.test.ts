import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseConnectionString } from '../src/db/connection-string.ts';
import { migrate } from '../src/db/migrate.ts';
import { certificateAuthority } from './support/certificates.ts';
import { deepTest } from './support/depth.ts';
import { cleanup, emptyFolder, memoryLog, openLoggedDatabase } from './support/embedded-database.ts';
import { freshDatabase } from './support/harness.ts';
import { openTlsFront, type TlsAnswer } from './support/tls-proxy.ts';

const special = ` !"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~äя€😀`;

test('every part of a URI is read as libpq reads it', () => {
  const cases: [url: string, wanted: object][] = [
    ['postgres://u@h/d', { user: 'u', database: 'd', hosts: [{ host: 'h', port: 5432 }] }],
    ['postgresql://u:p@h:1/d', { hosts: [{ host: 'h', port: 1 }] }],
    ['postgres://u@h', { database: 'u' }],
    ['postgres://u@/d', { hosts: [{ host: 'localhost', port: 5432 }] }],
    ['postgres://u@[::1]:5433/d', { hosts: [{ host: '::1', port: 5433 }] }],
    [
      'postgres://u@[fe80::1],h:2/d',
      {
        hosts: [
          { host: 'fe80::1', port: 5432 },
          { host: 'h', port: 2 },
        ],
      },
    ],
    [
      'postgres://u@a:1,b:2,c/d',
      {
        hosts: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
          { host: 'c', port: 5432 },
        ],
      },
    ],
    ['postgres://u@%2Fsocket%2Fdir:5433/db', { hosts: [{ path: '/socket/dir/.s.PGSQL.5433' }] }],
    ['postgres:///d?host=/run/pg&user=u&port=6', { hosts: [{ path: '/run/pg/.s.PGSQL.6' }], user: 'u' }],
    [
      'postgres:///d?user=u&host=a,b&port=5433',
      {
        hosts: [
          { host: 'a', port: 5433 },
          { host: 'b', port: 5433 },
        ],
      },
    ],
    [
      'postgres:///d?user=u&host=a,b&port=1,2',
      {
        hosts: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
      },
    ],
    ['postgres://u@name/d?hostaddr=10.0.0.7', { hosts: [{ host: 'name', port: 5432, ip: '10.0.0.7' }] }],
    ['postgres://u@h/d?dbname=other&user=second', { database: 'other', user: 'second' }],
    ['postgres://u@h/d?options=-c%20search_path%3Dapp', { options: '-c search_path=app' }],
    ['postgres://u@h/d?options=endpoint%3Dep-cool-1', { options: 'endpoint=ep-cool-1' }],
    ['postgres://u@h/d?application_name=a+b&connect_timeout=7', { applicationName: 'a+b', connectTimeoutMs: 7000 }],
    ['postgres://u@h/d?keepalives=0', { keepAliveSeconds: 0 }],
    ['postgres://u@h/d?keepalives_idle=30&keepalives_interval=5&keepalives_count=3', { keepAliveSeconds: 30 }],
  ];
  for (const [url, wanted] of cases) {
    const read = parseConnectionString(url) as unknown as Record<string, unknown>;
    for (const [name, value] of Object.entries(wanted)) {
      const found = JSON.parse(JSON.stringify(read[name]));
      assert.deepEqual(found, value, url);
    }
  }
});

test('a password may hold every character, percent-encoded in a URI and quoted among keywords', () => {
  const quoted = special.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  const encoded = encodeURIComponent(special);
  for (const text of [
    `postgres://u:${encoded}@h/d`,
    `postgres://u@h/d?password=${encoded}`,
    `host=h user=u password='${quoted}' dbname=d`,
    `host = h  user='u' dbname=d password = '${quoted}'`,
  ]) {
    const { hosts: places, passwordFor, masked } = parseConnectionString(text);
    assert.equal(passwordFor(places[0]!), special, text);
    assert.equal(masked, 'postgres://u@h:5432/d');
  }
  for (const plain of ['a?b', 'a#b', 'a:b', 'a+b', 'a&b=c', 'a[b]c', "a'b"])
    assert.equal(
      parseConnectionString(`postgres://u:${plain}@h/d`).passwordFor(parseConnectionString('postgres://u@h').hosts[0]!),
      '',
      'by place',
    );
  const { hosts: places, passwordFor } = parseConnectionString('postgres://u:a?b#c:d+e&f=g@h/d');
  assert.equal(passwordFor(places[0]!), 'a?b#c:d+e&f=g');
});

test('every parameter of libpq is used, dropped or refused with a reason', () => {
  const fine = [
    'channel_binding=require',
    'channel_binding=prefer',
    'channel_binding=disable',
    'sslmode=disable',
    'sslmode=allow',
    'sslmode=prefer',
    'sslmode=require',
    'sslmode=verify-ca',
    'sslmode=verify-full',
    'ssl=true',
    'sslnegotiation=postgres',
    'sslmode=require&sslnegotiation=direct',
    'sslrootcert=system',
    'sslcompression=0',
    'sslsni=0',
    'sslcertmode=allow',
    'ssl_min_protocol_version=TLSv1.3',
    'ssl_max_protocol_version=TLSv1.2',
    'gssencmode=disable',
    'gssencmode=prefer',
    'krbsrvname=x',
    'gsslib=gssapi',
    'gssdelegation=0',
    'keepalives=1',
    'tcp_user_timeout=5',
    'connect_timeout=',
    'application_name=x',
    'fallback_application_name=y',
    'client_encoding=UTF8',
    'target_session_attrs=read-write',
    'target_session_attrs=primary',
    'target_session_attrs=any',
    'load_balance_hosts=random',
    'min_protocol_version=3.0',
    'max_protocol_version=latest',
    'sslmode=require&channel_binding=require',
  ];
  for (const parameter of fine) assert.ok(parseConnectionString(`postgres://u@h/d?${parameter}`), parameter);
  const refused: [string, RegExp][] = [
    ['sslmod=require', /sslmod is unknown; the nearest name is sslmode/],
    ['SSLMODE=require', /SSLMODE is unknown; the nearest name is sslmode/],
    ['chanel_binding=require', /nearest name is channel_binding/],
    ['conect_timeout=3', /nearest name is connect_timeout/],
    ['sslmode=on', /sslmode has to be one of disable, allow, prefer, require, verify-ca, verify-full/],
    ['sslrootcert=/nowhere.pem', /sslrootcert names a file that cannot be read/],
    ['sslmode=require&sslrootcert=system', /sslrootcert=system needs sslmode=verify-full/],
    ['sslnegotiation=direct', /needs sslmode=require/],
    ['sslcert=/a', /sslcert and sslkey are needed together/],
    ['gssencmode=require', /gssencmode=require is not supported/],
    ['target_session_attrs=standby', /target_session_attrs has to be read-write/],
    ['target_session_attrs=prefer-standby', /target_session_attrs has to be read-write/],
    ['require_auth=scram-sha-256', /require_auth is not supported/],
    ['service=mine', /service is not supported: write the parameters/],
    ['pgbouncer=true', /set DATABASE_POOLER=transaction/],
    ['connection_limit=5', /set DATABASE_POOL/],
    ['schema=app', /options=-csearch_path%3Dapp|options=-csearch_path%3Dname/],
    ['connect_timeout=soon', /connect_timeout has to be a whole number/],
    ['password', /without a name or without "="/],
    ['host=a,b&port=1,2,3', /2 hosts, 0 of hostaddr and 3 ports/],
    ['port=70000', /a port that is none/],
    ['user=%zz', /a plain one has to be written %25/],
    ['user=%00', /a plain one has to be written %25/],
  ];
  for (const [parameter, reason] of refused)
    assert.throws(
      () => parseConnectionString(`postgres://u:hunter2@h/d?${parameter}`),
      (error: Error) => {
        assert.equal(error.name, 'StartupError', parameter);
        assert.match(error.message, reason);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
});

test('an address that is none is refused with the mend and without the password', () => {
  const refused: [string, RegExp][] = [
    ['mysql://u:hunter2@h/d', /has to begin with postgres/],
    ['jdbc:postgresql://u:hunter2@h/d', /has to begin with postgres/],
    ['postgres://u:hunter2@x@h/d', /has to be written %40/],
    ['postgres://u:hunter2/x@h/d', /a host that is none/],
    ['postgres://u:hunter2@::1/d', /IPv6 stands in brackets/],
    ['postgres://u:hunter2@h:port/d', /a host that is none/],
    ['postgres://u:hunter2@h :5432/d', /a space/],
    ['host=h user=u password=hunter2 x', /has to look like/],
    ["host=h password='hunter2", /has to look like/],
    ['host=h pasword=hunter2', /pasword is unknown; the nearest name is password/],
    ['hunter2', /has to look like/],
    ['postgres://', /names neither/],
    ['postgres://u@h/d?passfile=/nowhere', /passfile names a file that cannot be read/],
  ];
  for (const [text, reason] of refused)
    assert.throws(
      () => parseConnectionString(text),
      (error: Error) => {
        assert.match(error.message, reason, text);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
});

test('a file of passwords is read as .pgpass is', async (t) => {
  const file = join(await emptyFolder(t), 'pgpass');
  await writeFile(file, '# a comment\nother:*:*:*:no\nh:5433:d:u:a\\:b\\\\c\n*:*:*:u:any\nlocalhost:*:*:s:socket\n');
  const password = (text: string) => {
    const { hosts: places, passwordFor } = parseConnectionString(
      `${text}${text.includes('?') ? '&' : '?'}passfile=${encodeURIComponent(file)}`,
    );
    return passwordFor(places[0]!);
  };
  assert.equal(password('postgres://u@h:5433/d'), 'a:b\\c');
  assert.equal(password('postgres://u@h/d'), 'any');
  assert.equal(password('postgres://s@%2Frun/d'), 'socket');
  assert.equal(password('postgres://nobody@h/d'), '');
  assert.equal(password('postgres://u:own@h/d'), 'own');
});

const authority = certificateAuthority();
const other = certificateAuthority('Another Authority');

async function frontOf(
  t: TestContext,
  answer: TlsAnswer,
  more: { clientsOf?: string; dns?: string[]; days?: number } = {},
) {
  const shared = new URL(await freshDatabase({ migrated: false }));
  const certified = authority.issue('localhost', {
    dns: more.dns ?? ['localhost'],
    ips: ['127.0.0.1'],
    ...(more.days ? { days: more.days } : {}),
  });
  const front = await openTlsFront(`${shared.searchParams.get('host')}/.s.PGSQL.5432`, {
    answer,
    certified,
    ...(more.clientsOf ? { clientsOf: more.clientsOf } : {}),
  });
  cleanup(t, () => front.close());
  const folder = await emptyFolder(t);
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return encodeURIComponent(join(folder, name));
  };
  const url = (parameters: string, host = 'localhost') =>
    `postgres://vouch@${host}:${front.port}${shared.pathname}?${parameters}`;
  const outcome = async (parameters: string, host?: string): Promise<string> => {
    front.seen.length = 0;
    try {
      const db = await openLoggedDatabase(t, { databaseUrl: url(parameters, host) });
      const [row] = await db.run(() => db.sql`select ${'x'.repeat(100_000)}::text as long`);
      assert.equal(row?.long.length, 100_000);
      await db.close();
      return front.seen.every(({ encrypted }) => encrypted) ? 'encrypted' : 'plain';
    } catch (error) {
      assert.equal((error as Error).name, 'StartupError', String((error as Error).stack));
      return (error as Error).message;
    }
  };
  return { front, file, outcome, url };
}

deepTest('each sslmode does what libpq says, with a server that offers TLS', async (t) => {
  const { outcome, file } = await frontOf(t, 'offers');
  const root = await file('root.pem', authority.cert);
  const wrong = await file('wrong.pem', other.cert);
  assert.equal(await outcome('sslmode=disable'), 'plain');
  assert.equal(await outcome('sslmode=allow'), 'plain');
  for (const mode of ['prefer', 'require', 'require&channel_binding=require'])
    assert.equal(await outcome(`sslmode=${mode}`), 'encrypted', mode);
  for (const mode of ['verify-ca', 'verify-full', 'require'])
    assert.equal(await outcome(`sslmode=${mode}&sslrootcert=${root}`), 'encrypted', mode);
  assert.equal(await outcome(`sslmode=verify-full&sslrootcert=${root}`, '127.0.0.1'), 'encrypted', 'by its address');
  for (const mode of ['verify-ca', 'verify-full', 'require'])
    assert.match(
      await outcome(`sslmode=${mode}&sslrootcert=${wrong}`),
      /refuses us.*name the file of its authority: sslrootcert/,
    );
  assert.match(await outcome('sslmode=verify-full'), /NODE_EXTRA_CA_CERTS/);
  assert.match(await outcome('sslrootcert=system'), /NODE_EXTRA_CA_CERTS/);
});

deepTest('verify-full checks the name, verify-ca does not, and hostaddr leaves the name as it is', async (t) => {
  const { outcome, file, front } = await frontOf(t, 'offers', { dns: ['db.example'] });
  const root = await file('root.pem', authority.cert);
  assert.match(
    await outcome(`sslmode=verify-full&sslrootcert=${root}`),
    /name the server in DATABASE_URL as its certificate does/,
  );
  assert.equal(await outcome(`sslmode=verify-ca&sslrootcert=${root}`), 'encrypted');
  assert.equal(await outcome(`sslmode=verify-full&sslrootcert=${root}&hostaddr=127.0.0.1`, 'db.example'), 'encrypted');
  assert.equal(front.seen[0]?.serverName, 'db.example');
  assert.equal(
    await outcome(`sslmode=verify-full&sslrootcert=${root}&hostaddr=127.0.0.1&sslsni=0`, 'db.example'),
    'encrypted',
  );
  assert.equal(front.seen[0]?.serverName, undefined);
});

test('a certificate that has ended is refused, and so is a revoked or broken file', async (t) => {
  const { outcome, file } = await frontOf(t, 'offers', { days: -1 });
  const root = await file('root.pem', authority.cert);
  assert.match(await outcome(`sslmode=verify-full&sslrootcert=${root}`), /renew the certificate/);
  assert.match(
    await outcome(`sslmode=verify-full&sslrootcert=${await file('none.pem', 'nothing')}`),
    /without a certificate in PEM/,
  );
  assert.match(
    await outcome(`sslmode=require&sslcert=${await file('c', 'x')}&sslkey=${await file('k', 'y')}`),
    /is of no use/,
  );
});

test('TLS is insisted on against a server without it: an error at once instead of waiting for ever', async (t) => {
  const { outcome } = await frontOf(t, 'has none');
  for (const mode of ['require', 'verify-ca', 'verify-full'])
    assert.match(
      await outcome(`sslmode=${mode}`),
      /refuses us: The server has no TLS, and sslmode=.* insists on it; set ssl = on/,
    );
  for (const mode of ['disable', 'allow', 'prefer']) assert.equal(await outcome(`sslmode=${mode}`), 'plain', mode);
  assert.match(await outcome('sslmode=require&sslnegotiation=direct'), /sslnegotiation=direct needs PostgreSQL 17/);
});

deepTest(
  'a server that demands TLS gets it without sslmode too; a client certificate is shown where it is asked for',
  async (t) => {
    const { outcome, file, front } = await frontOf(t, 'demands', { clientsOf: other.cert });
    const client = other.issue('vouch-client');
    const shown = `sslcert=${await file('client.pem', client.cert)}&sslkey=${await file('client.key', client.key)}`;
    assert.equal(await outcome(shown), 'encrypted');
    assert.equal(await outcome(`sslmode=allow&${shown}`), 'encrypted');
    assert.equal(front.seen.at(-1)?.clientName, 'vouch-client');
    assert.match(
      await outcome(`sslmode=disable&${shown}`),
      /no pg_hba.conf entry .*; correct DATABASE_URL, or pg_hba.conf/,
    );
  },
);

deepTest('sslnegotiation=direct begins with TLS', async (t) => {
  const { outcome, front } = await frontOf(t, 'direct');
  assert.equal(await outcome('sslmode=require&sslnegotiation=direct'), 'encrypted');
  assert.ok(front.seen.length > 0);
});

test('what is no PostgreSQL is told, and not waited for', async (t) => {
  const server = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup(t, () => server.close());
  const { port } = server.address() as { port: number };
  for (const mode of ['disable', 'require'])
    await assert.rejects(
      openLoggedDatabase(t, { databaseUrl: `postgres://u@127.0.0.1:${port}/d?sslmode=${mode}` }),
      /does not answer as PostgreSQL does/,
    );
});

deepTest('variables of the environment that libpq or the client reads change nothing', async (t) => {
  const foreign = {
    PGHOST: 'nowhere.invalid',
    PGHOSTADDR: '192.0.2.1',
    PGPORT: '1',
    PGDATABASE: 'absent',
    PGUSER: 'stranger',
    PGUSERNAME: 'stranger',
    PGPASSWORD: 'x',
    PGPASSFILE: '/nowhere',
    PGSSL: 'require',
    PGSSLMODE: 'verify-full',
    PGSSLNEGOTIATION: 'direct',
    PGSSLROOTCERT: '/nowhere',
    PGOPTIONS: '-c default_transaction_read_only=on',
    PGAPPNAME: 'x',
    PGTARGETSESSIONATTRS: 'nonsense',
    PGTARGET_SESSION_ATTRS: 'standby',
    PGMAX: '1',
    PGPREPARE: 'x',
    PGDEBUG: 'x',
    PGFETCH_TYPES: 'true',
    PGCONNECT_TIMEOUT: '0.001',
    PGIDLE_TIMEOUT: '0.001',
    PGMAX_PIPELINE: '1',
    PGKEEP_ALIVE: '1',
    PGMAX_LIFETIME: '0.001',
    PGBACKOFF: '9',
    PGSERVICE: 'x',
    PGDATESTYLE: 'German',
    PGTZ: 'Asia/Tokyo',
    PGCLIENTENCODING: 'LATIN1',
    PGDATA: '/nowhere',
    PGREQUIREAUTH: 'none',
    PGCHANNELBINDING: 'require',
  };
  const before = { ...process.env };
  Object.assign(process.env, foreign);
  cleanup(t, () => {
    for (const name of Object.keys(foreign)) delete process.env[name];
    Object.assign(process.env, before);
  });
  for (const where of [{ databaseUrl: await freshDatabase({ migrated: false }) }, { dataDir: await emptyFolder(t) }]) {
    const db = await openLoggedDatabase(t, where);
    await migrate({ sql: db.sql, log: memoryLog(() => {}) });
    const rows = await db.run(() => db.sql`select current_setting('application_name') as name, now() as now`);
    assert.equal(rows[0]?.name, 'vouch');
    assert.ok(rows[0]?.now instanceof Date);
    assert.equal(process.env.PGHOST, foreign.PGHOST, 'the environment itself stays as it is');
    await db.close();
  }
});
