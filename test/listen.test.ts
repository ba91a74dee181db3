import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { parseConfig } from '../src/config/config.ts';
import { explainListenError } from '../src/kit/listen-error.ts';
import { deepTest } from './support/depth.ts';
import { freshDatabase, testKey } from './support/harness.ts';
import { start } from './support/product-process.ts';

const place = { host: '127.0.0.1', port: 8000, hostVariable: 'HOST', portVariable: 'PORT' };

for (const workers of ['1', '2']) {
  deepTest(
    `a port that is taken is told in a sentence with the holder and the variable: WORKERS=${workers}`,
    async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      const env = { DATABASE_URL: await freshDatabase(), SECRET_KEYS: testKey, WORKERS: workers };
      for (const [variable, more] of [
        ['PORT', {}],
        ['METRICS_PORT', { METRICS_TOKEN: 'a-token-that-is-long-enough-to-be-one-of-ours' }],
      ] as const) {
        const product = start({ ...env, ...more, [variable]: String(port) });
        assert.equal((await once(product.child, 'close'))[0], 1);
        const holder = process.platform === 'linux' ? `process ${process.pid} \\(.+\\)` : 'another process';
        assert.match(
          product.output(),
          new RegExp(
            `^  Port ${port} of 127\\.0\\.0\\.1 is taken by ${holder} \\(EADDRINUSE\\): .*${variable}=${port + 1}$`,
            'm',
          ),
        );
        assert.doesNotMatch(product.output(), /^ +at /m);
      }
      other.close();
    },
  );

  deepTest(`localhost is served at 127.0.0.1 and at ::1: WORKERS=${workers}`, async (t) => {
    if (!(await hasIpv6())) return t.skip('this machine has no ::1');
    const env = { DATABASE_URL: await freshDatabase(), SECRET_KEYS: testKey, WORKERS: workers, HOST: 'localhost' };
    const product = start(env);
    const { port } = new URL(await product.ready);
    for (const host of ['127.0.0.1', '[::1]']) {
      const answers = Array.from({ length: 6 }, () => fetch(`http://${host}:${port}/readyz`));
      for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200);
    }
    product.child.kill();
    assert.equal((await once(product.child, 'exit'))[0], 0);
    const held = createServer().listen(0, '::1');
    await once(held, 'listening');
    const second = start({ ...env, PORT: String((held.address() as AddressInfo).port) });
    await once(second.child, 'close');
    held.close();
    assert.match(second.output(), /Port \d+ of localhost is taken by/);
  });
}

deepTest(
  'an address that this machine has not, and a name without an address, are told with HOST and addresses to take',
  async () => {
    const env = { DATABASE_URL: await freshDatabase(), SECRET_KEYS: testKey };
    for (const [host, sentence] of [
      [
        '192.0.2.7',
        /HOST=192\.0\.2\.7 is no IP address of this machine \(EADDRNOTAVAIL\): set HOST to one of 0\.0\.0\.0, 127\.0\.0\.1/,
      ],
      [
        'no-such-host.invalid',
        /HOST=no-such-host\.invalid is a name without an IP address \(\w+\): set HOST to one of/,
      ],
    ] as const) {
      const product = start({ ...env, HOST: host });
      assert.equal((await once(product.child, 'close'))[0], 1);
      assert.match(product.output(), sentence);
    }
  },
);

test('every error of listening names the variable that mends it', async () => {
  const codes = [
    'EADDRINUSE',
    'EACCES',
    'EADDRNOTAVAIL',
    'EAFNOSUPPORT',
    'EINVAL',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EPERM',
    undefined,
  ];
  for (const code of codes) {
    const { message } = await explainListenError(Object.assign(new Error('it failed'), { code }), place);
    assert.match(message, /set (HOST|PORT|HOST and PORT) to/);
    assert.ok(message.includes(code ?? 'it failed'));
  }
  const privileged = await explainListenError(Object.assign(new Error(), { code: 'EACCES' }), { ...place, port: 80 });
  assert.match(privileged.message, /^This OS user may not listen on port 80 \(EACCES\): set PORT to one from 1024 on/);
});

test('a HOST that is no address and no name is refused before anything starts', () => {
  const problems = (env: Record<string, string>) => {
    const read = parseConfig(env, () => '');
    return read.ok ? [] : read.problems;
  };
  for (const HOST of [
    'http://0.0.0.0',
    '0.0.0.0:8000',
    '*',
    '256.1.1.1',
    '127.1',
    '0',
    'a b',
    '-a',
    'a..b',
    '[::1]:80',
    '::1::',
  ])
    assert.match(problems({ HOST }).join('\n'), /^HOST has to be an IP address or a host name alone/, HOST);
  for (const HOST of [
    'localhost',
    '0.0.0.0',
    '::',
    '[::1]',
    '::1',
    'fe80::1%eth0',
    'app_1',
    'host.example.',
    '10.0.0.1',
  ])
    assert.deepEqual(problems({ HOST }), [], HOST);
  assert.match(problems({ PORT: '9000', METRICS_PORT: '9000' }).join('\n'), /^METRICS_PORT and PORT are both 9000/);
  assert.deepEqual(problems({ PORT: '9000', METRICS_PORT: '9000', HOST: '10.0.0.1' }), []);
});

async function hasIpv6(): Promise<boolean> {
  const trial = createServer().listen(0, '::1');
  const there = await once(trial, 'listening').then(
    () => true,
    () => false,
  );
  trial.close();
  return there;
}
