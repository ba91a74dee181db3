import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../src/config/config.ts';
import { providerVariables } from '../src/config/provider-variables.ts';
import { variables } from '../src/config/variables.ts';
import { productionWarnings } from '../src/config/warnings.ts';
import { logEndOfLife } from '../src/kit/node-release.ts';
import { deepTest } from './support/depth.ts';
import { freshDatabase, openApp } from './support/harness.ts';
import { start } from './support/product-process.ts';

type Env = Readonly<Record<string, string>>;

const sound: Env = {
  NODE_ENV: 'production',
  DATABASE_URL: `postgres://app:${randomBytes(24).toString('hex')}@db/app`,
  SECRET_KEYS: randomBytes(32).toString('base64'),
  PUBLIC_URL: 'https://vouch.example',
  SMS_ROUTES: '*=http',
  SMS_HTTP_URL: 'https://sms.example.com/send',
};

function warned(env: Env): string[] {
  const read = parseConfig(env, assert.fail);
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  const warnings = productionWarnings(read.config);
  for (const { risk, example } of warnings) {
    for (const secret of ['hunter2', env.SECRET_KEYS ?? '-']) assert.ok(!`${risk}${example}`.includes(secret), risk);
  }
  return warnings.map(({ variable }) => variable);
}

test('a sound production has no warning', () => {
  assert.deepEqual(warned(sound), []);
  assert.deepEqual(
    warned({ ...sound, DATABASE_URL: 'postgres:///app?host=/run/postgresql' }),
    [],
    'no password at all',
  );
  assert.deepEqual(warned({ ...sound, METRICS_PORT: '9464' }), []);
});

const risks: [name: string, env: Env, variable: string][] = [
  ['the embedded database', { DATABASE_URL: '' }, 'DATABASE_URL'],
  ['a short password', { DATABASE_URL: 'postgres://app:hunter2@db/app' }, 'DATABASE_URL'],
  ['a short password in the parameters', { DATABASE_URL: 'postgres://app@db/app?password=hunter2' }, 'DATABASE_URL'],
  ['the password of the compose file', { DATABASE_URL: 'postgres://vouch:vouch@db:5432/vouch' }, 'DATABASE_URL'],
  ['a default password', { DATABASE_URL: 'postgres://app:postgres-postgres@db/app' }, 'DATABASE_URL'],
  ['a key typed by hand', { SECRET_KEYS: 'please-change-me-please-change-me-please' }, 'SECRET_KEYS'],
  ['a token typed by hand', { METRICS_TOKEN: 'my-secret-metrics-token' }, 'METRICS_TOKEN'],
  ['a short token of the sender', { SMS_HTTP_TOKEN: 'hunter2' }, 'SMS_HTTP_TOKEN'],
  ['metrics open to all', { METRICS_PORT: '9464', METRICS_HOST: '0.0.0.0' }, 'METRICS_HOST'],
  ['metrics open to all by IPv6', { METRICS_PORT: '9464', METRICS_HOST: '::' }, 'METRICS_HOST'],
  [
    'test numbers',
    { TEST_NUMBERS: '+79160000009=271828', TEST_NUMBERS_IN_PRODUCTION: 'yes' },
    'TEST_NUMBERS_IN_PRODUCTION',
  ],
];
for (const [name, env, variable] of risks) {
  test(`production says a word about ${name}, and development says none`, () => {
    assert.deepEqual(warned({ ...sound, ...env }), [variable]);
    assert.deepEqual(warned({ ...sound, ...env, NODE_ENV: 'development', DEV_INBOX: 'off' }), []);
  });
}

deepTest(
  'production logs each risk in a line of its own at the start, and a proxy that is not trusted once',
  async () => {
    const product = start({
      ...sound,
      DATABASE_URL: await freshDatabase(),
      METRICS_TOKEN: 'metrics-secret-of-mine',
    });
    const url = await product.ready;
    for (let times = 0; times < 3; times += 1) {
      await fetch(`${url}/livez`, { headers: { 'x-forwarded-for': '203.0.113.7' } });
    }
    product.child.kill('SIGTERM');
    await once(product.child, 'close');
    const lines = product.output().split('\n');
    const ofNode: unknown[] = [];
    logEndOfLife({ warn: (_fields: object, message: string) => ofNode.push(message) } as never);
    const warned = lines.filter((line) => line.startsWith('{"level":40')).map((line) => JSON.parse(line));
    assert.deepEqual(
      warned.map(({ msg }) => msg).filter((msg) => msg.startsWith('node.js')),
      ofNode,
      'one line where this Node.js is past its end of life',
    );
    const warnings = warned.filter(({ msg }) => !msg.startsWith('node.js'));
    assert.deepEqual(
      warnings.map(({ variable }) => variable).toSorted(),
      ['METRICS_TOKEN', 'TRUST_PROXY'],
      product.output(),
    );
    assert.ok(!product.output().includes('203.0.113.7') && !product.output().includes('metrics-secret-of-mine'));
  },
);

deepTest(
  'X-Forwarded-For from a trusted proxy is no warning; from one that TRUST_PROXY does not name it is',
  async () => {
    for (const [trustProxy, isNoticed] of [
      [false, true],
      [1, false],
      [['127.0.0.1'], false],
      [['192.0.2.0/24'], true],
    ] as [false | number | string[], boolean][]) {
      const { server, log } = await openApp({ trustProxy });
      await server.inject('/livez');
      assert.ok(!log.some((line) => line.includes('TRUST_PROXY')), 'nothing without the header');
      for (const _ of [1, 2]) await server.inject({ url: '/livez', headers: { 'x-forwarded-for': '203.0.113.7' } });
      const noticed = log.filter((line) => line.includes('"variable":"TRUST_PROXY"'));
      assert.equal(noticed.length, isNoticed ? 1 : 0, String(trustProxy));
    }
  },
);

const secrets = [
  ...Object.entries<{ example: string; secret?: true }>(variables),
  ...Object.values(providerVariables).flatMap((some) => Object.entries<{ example: string; secret?: true }>(some)),
].filter(([name, { secret }]) => secret && !['SMS_HTTP_HEADERS', 'TEST_NUMBERS'].includes(name));
const allRoutes = `*=${Object.keys(providerVariables)
  .filter((name) => name !== 'console')
  .join(',')}`;

for (const [name, { example }] of secrets) {
  test(`the example of ${name} does not start a production, nor does one that nobody filled in`, () => {
    for (const value of [example, `${example.slice(0, 3)}…`, '…']) {
      const read = parseConfig({ ...sound, SMS_ROUTES: allRoutes, [name]: value }, assert.fail);
      const problems = read.ok
        ? []
        : read.problems.filter((problem) => problem.startsWith(`${name} holds the example`));
      assert.equal(problems.length, 1, value);
    }
    const fromFile = { ...sound, [name]: '', [`${name}_FILE`]: '/run/secrets/it', SMS_ROUTES: allRoutes };
    const read = parseConfig(fromFile, () => `${example}\n`);
    assert.ok(!read.ok && read.problems.some((problem) => problem.startsWith(`${name} holds the example`)));
  });
}

test('no secret that stands in a document of this repository starts a production', async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const files = ['README.md', 'README.ru.md', 'docker-compose.yml', '.env.example', 'SECURITY.md'];
  for (const name of await readdir(join(root, 'docs'))) if (name.endsWith('.md')) files.push(join('docs', name));
  let found = 0;
  for (const file of files) {
    const text = await readFile(join(root, file), 'utf8');
    for (const [name] of secrets) {
      for (const [, value] of text.matchAll(new RegExp(`^[#\\s]*${name}=([^\\n\`"$]+)`, 'gm'))) {
        found += 1;
        const read = parseConfig({ ...sound, SMS_ROUTES: allRoutes, [name]: value! }, assert.fail);
        assert.ok(!read.ok && read.problems.some((problem) => problem.startsWith(`${name} `)), `${file}: ${name}`);
      }
    }
  }
  assert.ok(found >= 10, `${found} examples were found`);
});
