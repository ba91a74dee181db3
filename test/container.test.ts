import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { parseConfig } from '../src/config/config.ts';
import { isKnownName, unknownInFile } from '../src/config/names.ts';
import { testKey } from './support/harness.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Service {
  readonly env_file?: readonly unknown[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
}

const compose = await readFile(join(root, 'docker-compose.yml'), 'utf8');
const { services } = parse(compose) as { services: { app: Service; db: Service } };
const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');

test('every variable of .env reaches the container: the compose file overrides what a container fixes, and nothing else', () => {
  assert.deepEqual(services.app.env_file, [{ path: '.env', required: false }]);
  const own = Object.entries(services.app.environment).filter(([name, value]) => !value.startsWith(`\${${name}:-`));
  assert.deepEqual(Object.fromEntries(own), { HOST: '0.0.0.0', DATA_DIR: '/data' });
  for (const name of Object.keys(services.app.environment)) assert.ok(isKnownName(name), name);
});

test('the container starts without a .env and with the one that the compose file shows for production', () => {
  assert.ok(parseConfig(container({}), assert.fail).ok);
  const shown = Object.fromEntries(
    [...compose.matchAll(/^# {3}([A-Z_]+)=(\S+)/gm)].map(([, name, value]) => [name!, value!]),
  );
  const filled = {
    ...shown,
    SECRET_KEYS: testKey,
    SMS_HTTP_URL: 'https://sms.example.com',
    SMS_HTTP_TOKEN: testKey,
    POSTGRES_PASSWORD: 'aB3dE5gH7',
  };
  const read = parseConfig(container(filled), assert.fail);
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  assert.equal(read.config.databaseUrl, 'postgres://vouch:aB3dE5gH7@db:5432/vouch');
  assert.equal(read.config.production, true);
  assert.deepEqual(
    Object.keys(shown).filter((name) => !isKnownName(name)),
    ['POSTGRES_PASSWORD'],
  );
  assert.equal(unknownInFile('POSTGRES_PASSWORD'), undefined, 'it may stand in the same .env');
});

test('PORT of .env is the published port, on this machine only', () => {
  assert.deepEqual(
    services.app.ports?.map((port) => interpolated(port, { PORT: '9000' })),
    ['127.0.0.1:9000:9000'],
  );
  assert.equal(container({ PORT: '9000' }).PORT, '9000');
});

test('the Dockerfile has only options that Docker before 25 and buildah 1.28 know', () => {
  const [, options = ''] = /^HEALTHCHECK (.*?) *\\?\n/m.exec(dockerfile) ?? [];
  for (const option of options.split(' ')) assert.match(option, /^--(interval|timeout|start-period|retries)=\d+s?$/);
  for (const [, flag] of dockerfile.matchAll(/^(?:COPY|ADD|RUN|FROM) (--\w+)/gm)) {
    assert.ok(['--from', '--chown', '--platform'].includes(flag!), flag);
  }
  assert.doesNotMatch(dockerfile, /<<|^# *syntax=/m, 'no here-documents and no other frontend');
  const names = [...dockerfile.matchAll(/([A-Z_]+)=\S+/g)].map(([, name]) => name!);
  assert.deepEqual(names, ['NODE_ENV', 'HOST', 'PORT', 'DATA_DIR']);
  assert.ok(existsSync(join(root, '.dockerignore')));
});

/** The environment of the container, as compose makes it of a .env. */
function container(file: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(services.app.environment).map(([name, value]) => [
    name,
    interpolated(String(value), file),
  ]);
  return { ...file, ...Object.fromEntries(own) };
}

/** `${NAME:-default}`, defaults within defaults too. */
function interpolated(text: string, env: Readonly<Record<string, string>>): string {
  const inner = /\$\{([A-Z_]+):-([^${}]*)\}/;
  for (let result = text; ; ) {
    const found = inner.exec(result);
    if (!found) return result;
    result = result.replace(found[0], () => env[found[1]!] || found[2]!);
  }
}
