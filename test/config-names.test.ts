import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConfig } from '../src/config/config.ts';
import { unknownInEnvironment, unknownInFile } from '../src/config/names.ts';
import { providerVariables } from '../src/config/provider-variables.ts';
import { variables } from '../src/config/variables.ts';
import { deepTest } from './support/depth.ts';

const names = [...Object.keys(variables), ...Object.values(providerVariables).flatMap((some) => Object.keys(some))];

const misspelt: [written: string, meant: string][] = [
  ['CODE_LENGHT', 'CODE_LENGTH'],
  ['CODE_LEN', 'CODE_LENGTH'],
  ['code_length', 'CODE_LENGTH'],
  ['CODE-LENGTH', 'CODE_LENGTH'],
  ['CODELENGTH', 'CODE_LENGTH'],
  ['VOUCH_CODE_LENGTH', 'CODE_LENGTH'],
  ['NODE_EVN', 'NODE_ENV'],
  ['NODE_ENVIRONMENT', 'NODE_ENV'],
  ['PUBLIC_URI', 'PUBLIC_URL'],
  ['SECRET_KEY', 'SECRET_KEYS'],
  ['SECRET_KEY_FILE', 'SECRET_KEYS_FILE'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['HOSTS', 'HOST'],
  ['PROT', 'PORT'],
  ['WORKER', 'WORKERS'],
  ['SESSION_IDLE', 'SESSION_IDLE_DAYS'],
  ['PHONE_POLICY', 'PHONE_NUMBER_POLICY'],
  ['METRICS_TOKN', 'METRICS_TOKEN'],
  ['SMSC_PASWORD', 'SMSC_PASSWORD'],
  ['TWILIO_FORM', 'TWILIO_FROM'],
  ['TWILIO_SID', 'TWILIO_ACCOUNT_SID'],
  ['SMS_ROUTE', 'SMS_ROUTES'],
  ['DEV_INBX', 'DEV_INBOX'],
  ['PORT_FILE', 'PORT'],
];
for (const [written, meant] of misspelt) {
  test(`${written} is refused in .env and in the environment, with the nearest name`, () => {
    for (const problem of [unknownInFile(written), unknownInEnvironment(written, 'x')]) {
      assert.match(problem ?? '', new RegExp(`^${written} is (no variable of|not read).* (Example: )?${meant}(\\.|=)`));
    }
  });
}

deepTest('every known name with one letter doubled, lost, changed or swapped is refused in both places', () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), fc.nat(3), (name, seed, kind) => {
      const at = seed % (name.length - 1);
      const [before, one, next, rest] = [name.slice(0, at), name[at]!, name[at + 1]!, name.slice(at + 2)];
      const wrong = [
        `${before}${one}${one}${next}${rest}`,
        `${before}${next}${rest}`,
        `${before}Q${next}${rest}`,
        `${before}${next}${one}${rest}`,
      ][kind]!;
      if (names.includes(wrong)) return;
      assert.notEqual(unknownInFile(wrong), undefined, wrong);
      assert.notEqual(unknownInEnvironment(wrong, 'x'), undefined, wrong);
    }),
    { numRuns: 1000 },
  );
});

test('in .env a name with one of our first words has to be ours, and what Node.js alone reads is told', () => {
  for (const name of ['DATABASE_HOST', 'LOG_FORMAT', 'SMS_SENDER', 'VOUCH_MODE', 'METRICS_PATH', 'SESSION_COOKIE']) {
    assert.match(unknownInFile(name) ?? '', new RegExp(`^${name} is no variable of Vouch\\. The nearest name is `));
  }
  assert.match(unknownInFile('NODE_EXTRA_CA_CERTS') ?? '', /has no effect in \.env: Node\.js reads it/);
  for (const name of ['POSTGRES_PASSWORD', 'COMPOSE_PROJECT_NAME', 'TZ', 'AWS_REGION', 'TAG']) {
    assert.equal(unknownInFile(name), undefined, name);
  }
});

/** As shells, Docker, Kubernetes, systemd, process managers, hosts and build servers have them. */
const ofPlatforms = {
  shell:
    'HOME HOSTNAME HOSTTYPE LANG LC_ALL LOGNAME MACHTYPE MAIL OLDPWD OSTYPE PATH PWD SHELL SHLVL TERM TMPDIR USER XDG_DATA_DIRS SESSION_MANAGER DBUS_SESSION_BUS_ADDRESS COLORTERM EDITOR VSCODE_IPC_HOOK',
  node: 'NODE_VERSION NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_NO_WARNINGS NODE_APP_INSTANCE YARN_VERSION npm_config_cache npm_package_name npm_lifecycle_event INIT_CWD UV_THREADPOOL_SIZE',
  database:
    'DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER DATABASE_PASSWORD DATABASE_URL_UNPOOLED DATABASE_PRIVATE_URL DATABASE_PUBLIC_URL POSTGRES_URL POSTGRES_PASSWORD PGHOST PGPORT PGUSER PGSSLMODE REDIS_URL',
  hosts:
    'DYNO HEROKU_APP_NAME RENDER_EXTERNAL_URL RAILWAY_STATIC_URL FLY_REGION PRIMARY_REGION K_SERVICE AWS_DEFAULT_REGION AWS_REGION WEBSITES_PORT WEBSITE_HOSTNAME APPSETTING_NODE_ENV GOOGLE_CLOUD_PROJECT',
  supervisors:
    'INVOCATION_ID JOURNAL_STREAM LISTEN_PID LISTEN_FDS NOTIFY_SOCKET STATE_DIRECTORY SYSTEMD_EXEC_PID pm_id PM2_HOME name status instances exec_mode',
  builds: 'CI GITHUB_ACTIONS GITLAB_CI TEST_DATABASE_URL DEBIAN_FRONTEND TZ TEST_REPORT LOG_FORMAT SECRET_KEY_BASE',
  tools:
    'TWILIO_API_KEY TWILIO_API_SECRET TWILIO_REGION VONAGE_API_KEY TELEGRAM_TOKEN TELEGRAM_BOT_TOKEN PHONE_HOME PUBLIC_KEY DEFAULT_USER DATA_HOME CODE_SERVER NETWORK_NAME',
  quickstarts: 'VOUCH_URL VOUCH_KEY CLIENT_SECRET API_SECRET ACCESS_TOKEN SESSION_SECRET TOKEN PHONE ORIGIN',
};
for (const [platform, list] of Object.entries(ofPlatforms)) {
  test(`no variable of the environment that others use makes a start fail: ${platform}`, () => {
    for (const name of list.split(' ')) assert.equal(unknownInEnvironment(name, 'x'), undefined, name);
    const env = Object.fromEntries(list.split(' ').map((name) => [name, 'x']));
    assert.deepEqual(parseConfig(env, assert.fail).ok, true);
  });
}

test('service links of Kubernetes for services called vouch, metrics, sms, database and host change nothing', () => {
  const env = Object.fromEntries(
    ['VOUCH', 'METRICS', 'SMS', 'DATABASE', 'HOST', 'SMSC', 'SMPP', 'LOG', 'VOUCH_DB'].flatMap((service) => [
      [`${service}_SERVICE_HOST`, '10.0.0.7'],
      [`${service}_SERVICE_PORT`, '9464'],
      [`${service}_SERVICE_PORT_HTTP`, '9464'],
      [`${service}_PORT`, 'tcp://10.0.0.7:9464'],
      [`${service}_PORT_9464_TCP`, 'tcp://10.0.0.7:9464'],
      [`${service}_PORT_9464_TCP_PROTO`, 'tcp'],
      [`${service}_PORT_9464_TCP_PORT`, '9464'],
      [`${service}_PORT_9464_TCP_ADDR`, '10.0.0.7'],
    ]),
  );
  const read = parseConfig(env, assert.fail);
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  assert.equal(read.config.metrics, undefined);
  assert.equal(parseConfig({ ...env, METRICS_PORT: '9464' }, assert.fail).ok, true, 'one that is given wins');
});

test('a name without a value is not refused: a compose file passes it so', () => {
  assert.equal(parseConfig({ CODE_LENGHT: '', SMS_ROUTE: '' }, assert.fail).ok, true);
});

test('a value with a control character is refused, as one from a file written on Windows', () => {
  for (const value of ['hunter2\r', 'hun\0ter2', '\u001b[31mhunter2']) {
    const read = parseConfig({ SMS_ROUTES: '*=smsc', SMSC_LOGIN: 'a', SMSC_PASSWORD: value }, assert.fail);
    const problems = read.ok ? '' : read.problems.join('\n');
    assert.match(problems, /^SMSC_PASSWORD holds the control character U\+00/m);
    assert.doesNotMatch(problems, /ter2/);
  }
});
