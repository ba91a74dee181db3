import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { type Config, parseConfig } from '../src/config/config.ts';
import { devKey } from '../src/config/dev-key.ts';
import { exampleFile, table } from '../src/config/env-docs.ts';
import type { Parser } from '../src/config/parsers.ts';
import { providerVariables } from '../src/config/provider-variables.ts';
import type { ReadFile } from '../src/config/variable-values.ts';
import { type Name, variables } from '../src/config/variables.ts';
import { nodeArguments } from './support/child-script.ts';
import { testKey } from './support/harness.ts';

type Env = Readonly<Record<string, string>>;

const noFile: ReadFile = (path) => assert.fail(`${path} is read`);
const production: Env = {
  NODE_ENV: 'production',
  SECRET_KEYS: testKey,
  PUBLIC_URL: 'https://vouch.example',
  SMS_ROUTES: '*=http',
  SMS_HTTP_URL: 'https://sms.example.com/send',
};

test('a PostgreSQL on this machine gets fewer connections than one elsewhere', () => {
  const here = [
    'postgres://u@127.0.0.1/d',
    'postgres://u@localhost:5433/d',
    'postgres://u@[::1]/d',
    'postgres:///d?host=/run',
  ];
  const elsewhere = ['postgres://u@db/d', 'postgres://u@127.0.0.1,10.0.0.2/d', 'postgres://u@10.0.0.2/d'];
  const pool = (more: Env, workers = '1') => read({ WORKERS: workers, ...more }).databasePool;
  assert.deepEqual(
    here.map((url) => pool({ DATABASE_URL: url })),
    here.map(() => 4),
  );
  assert.deepEqual(
    elsewhere.map((url) => pool({ DATABASE_URL: url })),
    elsewhere.map(() => 10),
  );
  // nobody knows which machine is behind a pooler
  assert.equal(pool({ DATABASE_URL: 'postgres://u@127.0.0.1/d', DATABASE_POOLER: 'transaction' }), 10);
  assert.deepEqual(
    ['3', '16', '64'].map((workers) => pool({}, workers)),
    [6, 32, 80],
  );
  assert.deepEqual(
    ['3', '16', '64'].map((workers) => pool({ DATABASE_URL: 'postgres://u@db/d' }, workers)),
    [12, 64, 80],
  );
  assert.equal(pool({ DATABASE_POOL: '7' }), 7);
});

test('without a variable everything has its default', () => {
  const config = read({});
  assert.equal(config.production, false);
  assert.deepEqual([config.host, config.port, config.publicUrl], ['127.0.0.1', 8000, undefined]);
  assert.equal(config.dataDir, join(process.cwd(), 'data'));
  assert.deepEqual(
    [config.databaseUrl, config.databasePool, config.secretKeys],
    [undefined, Math.max(4, 2 * availableParallelism()), undefined],
  );
  assert.deepEqual([config.defaultRegion, config.defaultLocale, config.codeLength], ['RU', 'ru', 6]);
  assert.deepEqual(config.sessionLife, { idleSeconds: 30 * 86_400, lifetimeSeconds: 365 * 86_400 });
  assert.equal(config.sessionsMax, 50);
  assert.deepEqual([config.invitedPhones, config.trustProxy, config.networkMessagesPerHour], ['full', false, 100]);
  assert.deepEqual([config.devInbox, config.logLevel], ['loopback', 'info']);
  assert.deepEqual(config.sms, {
    routes: [{ country: '*', providers: ['console'] }],
    routing: 'fixed',
    providers: { console: {} },
    prices: undefined,
    concurrency: 256,
    testNumbers: new Map(),
    deliveriesKeepDays: 30,
    dailyMax: [],
  });
});

test('a setting has one name, from its variable to its use', () => {
  const camelCase = (name: string) => name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const settings = new Set(Object.keys(variables).map(camelCase));
  const groups = ['production', 'sessionLife', 'metrics', 'sms', 'brand', 'operatorTexts', 'settings', 'forwardAuth'];
  const { sms, ...config } = read({});
  const ofSms = (name: string) => `sms${name[0]?.toUpperCase()}${name.slice(1)}`;
  assert.deepEqual(
    Object.keys(config).filter((name) => !settings.has(name) && !groups.includes(name)),
    [],
  );
  assert.deepEqual(
    Object.keys(sms).filter((name) => name !== 'providers' && !settings.has(name) && !settings.has(ofSms(name))),
    [],
  );
});

test('the maximum of sessions is an integer from 1 on', () => {
  assert.equal(read({ SESSIONS_MAX: '1' }).sessionsMax, 1);
  for (const wrong of ['0', '-1', '1.5', '101', 'many', ' ']) {
    assert.match(refusals({ SESSIONS_MAX: wrong }).join('\n'), /^SESSIONS_MAX has to be [^\n]*$/, wrong);
  }
});

test('every problem is reported at once, with the variable, what is wrong and an example', () => {
  const wrong: Env = { PORT: '70000', CODE_LENGTH: '3', DEFAULT_REGION: 'XX', PUBLIC_URL: 'https://a.example/path' };
  const problems = refusals(wrong);
  assert.equal(problems.length, Object.keys(wrong).length, problems.join('\n'));
  for (const [name, text] of Object.entries(wrong)) {
    const line = problems.find((problem) => problem.startsWith(`${name} has to be `));
    assert.ok(line !== undefined, `${name}: ${problems.join('\n')}`);
    assert.ok(line.includes(JSON.stringify(text)), line);
    assert.ok(line.endsWith(`Example: ${name}=${variables[name as Name].example}`), line);
  }
});

test('what is wrong with a secret is told without repeating it', () => {
  const secret = 'hunter2-hunter2';
  const [problem, ...others] = refusals({ SECRET_KEYS: secret });
  assert.deepEqual(others, []);
  assert.match(problem!, /^SECRET_KEYS has to be .*at least 32 characters/);
  assert.ok(!problem!.includes(secret));
});

test('a secret comes from the file that NAME_FILE names, without the line end', () => {
  const files: Record<string, string> = { '/run/secrets/key': `${testKey}\n`, '/run/secrets/db': ' \n' };
  const readFile: ReadFile = (path) => files[path] ?? assert.fail(path);
  assert.deepEqual(read({ SECRET_KEYS_FILE: '/run/secrets/key' }, readFile).secretKeys, [testKey]);
  assert.match(refusals({ SECRET_KEYS_FILE: '/nowhere' }, readFile)[0]!, /^SECRET_KEYS_FILE .* cannot be read: \/now/);
  assert.match(
    refusals({ DATABASE_URL_FILE: '/run/secrets/db' }, readFile)[0]!,
    /^DATABASE_URL_FILE .* cannot be read/,
  );
  const [both] = refusals({ SECRET_KEYS: testKey, SECRET_KEYS_FILE: '/run/secrets/key' }, readFile);
  assert.match(both!, /^SECRET_KEYS and SECRET_KEYS_FILE are both given: keep one\. Example: SECRET_KEYS=/);
  assert.match(refusals({ PORT_FILE: '/etc/passwd' })[0]!, /^PORT_FILE is not read: only secrets come from files\./);
});

test('production refuses what only a developer may have', () => {
  assert.equal(read(production).production, true);
  for (const name of ['SECRET_KEYS', 'PUBLIC_URL', 'SMS_HTTP_URL']) {
    assert.match(refusals({ ...production, [name]: '' }).join('\n'), new RegExp(`^${name} is needed`), name);
  }
  for (const inbox of ['on', 'network'])
    assert.match(
      refusals({ ...production, DEV_INBOX: inbox }).join('\n'),
      new RegExp(`^DEV_INBOX is ${inbox}, which is refused`),
    );
  for (const routes of ['*=console', 'RU=http,console;*=http']) {
    assert.match(refusals({ ...production, SMS_ROUTES: routes }).join('\n'), /^SMS_ROUTES with console is refused/);
  }
  const numbers = { ...production, TEST_NUMBERS: '+79160000001=123456' };
  assert.match(refusals(numbers).join('\n'), /^TEST_NUMBERS is refused in production/);
  assert.equal(read({ ...numbers, TEST_NUMBERS_IN_PRODUCTION: 'yes' }).sms.testNumbers.get('+79160000001'), '123456');
  assert.equal(read(production).devInbox, false);
  assert.equal(refusals({ NODE_ENV: 'production' }).length, 3, 'the key, the sender and the address');
  assert.deepEqual(read({ ...production, SECRET_KEYS: '', SECRET_KEYS_FILE: '/key' }, () => testKey).secretKeys, [
    testKey,
  ]);
});

test('development with a real provider or a public https address is refused, and the deciding variable is named', () => {
  const { NODE_ENV, SECRET_KEYS, ...real } = production;
  const address = { PUBLIC_URL: 'https://vouch.example' };
  for (const mode of [undefined, 'development', 'test']) {
    const named: Env = mode === undefined ? {} : { NODE_ENV: mode };
    for (const inbox of [{}, { DEV_INBOX: 'on' }, { DEV_INBOX: 'network' }] as Env[]) {
      const all = refusals({ ...real, ...named, ...inbox });
      assert.equal(all.length, 2, all.join('\n'));
      assert.match(
        all[0]!,
        /^SMS_ROUTES names http, .* NODE_ENV decides; .*DEV_INBOX=off.* Example: NODE_ENV=production$/,
      );
      assert.match(all[1]!, /^PUBLIC_URL is a public URL, https:\/\/vouch\.example, .* NODE_ENV decides; /);
      assert.equal(/it is not set/.test(all[0]!), mode === undefined);
      assert.match(refusals({ ...named, ...inbox, ...address }).join('\n'), /^PUBLIC_URL is a public URL[^\n]+$/);
    }
    assert.equal(read({ ...real, ...named, DEV_INBOX: 'off' }).devInbox, false);
  }
  for (const url of [
    'https://localhost:8443',
    'https://127.0.0.1',
    'http://vouch.example',
    'http://192.168.1.7:8000',
  ]) {
    assert.equal(read({ PUBLIC_URL: url }).devInbox, 'loopback', url);
  }
  assert.match(refusals({ SMS_ROUTES: 'RU=console,smsc;*=console', SMSC_LOGIN: 'a', SMSC_PASSWORD: 'b' })[0]!, /smsc/);
});

test('NODE_ENV is one of three words exactly; nothing else is taken for development', () => {
  for (const mode of [
    'prod',
    'Production',
    'PRODUCTION',
    ' production',
    'production ',
    '"production"',
    'staging',
    ' ',
  ]) {
    assert.match(
      refusals({ NODE_ENV: mode })[0]!,
      /^NODE_ENV has to be one of development, production, test, not /,
      mode,
    );
  }
});

test('numbers are taken as possible with the console sender and as mobile with one that costs money', () => {
  assert.equal(read({}).phoneNumberPolicy, 'possible');
  assert.equal(read(production).phoneNumberPolicy, 'mobile');
  assert.equal(read({ ...production, PHONE_NUMBER_POLICY: 'valid' }).phoneNumberPolicy, 'valid');
  assert.equal(read({ PHONE_NUMBER_POLICY: 'mobile' }).phoneNumberPolicy, 'mobile');
});

test('every country gets codes with the console sender, and by default one’s own with one that costs money', () => {
  const served = (env: Record<string, string>) => [...read(env).smsCountries].join();
  assert.equal(served({}), '*');
  assert.equal(served(production), 'RU');
  assert.equal(served({ ...production, DEFAULT_REGION: 'KZ' }), 'KZ');
  assert.equal(served({ ...production, SMS_ROUTES: 'GE=http;*=http' }), 'RU,GE');
  assert.equal(served({ ...production, SMS_COUNTRIES: 'KZ, GE,+881' }), 'KZ,GE,+881');
  assert.equal(served({ ...production, SMS_COUNTRIES: '*' }), '*');
  for (const wrong of ['RUS', 'ru', 'RU;KZ', 'RU,', '+7', '881', '+999', 'Russia']) {
    assert.match(
      refusals({ ...production, SMS_COUNTRIES: wrong })[0]!,
      /^SMS_COUNTRIES has to be ISO 3166-1 codes/,
      wrong,
    );
  }
});

test('a day has a maximum with a sender that costs money, and what is named holds beside it', () => {
  const maxima = (env: Record<string, string>, read_ = read) =>
    read_(env)
      .sms.dailyMax.map(({ country, unit, max }) => `${unit}:${country}=${max ?? 'default'}`)
      .join();
  assert.equal(maxima({}), '');
  assert.equal(maxima(production), 'messages:*=default');
  assert.equal(maxima({ ...production, SMS_DAILY_MAX: 'RU=2000' }), 'messages:*=default,messages:RU=2000');
  assert.equal(maxima({ ...production, SMS_DAILY_MAX: '*=5000, RU=2000' }), 'messages:*=5000,messages:RU=2000');
  assert.equal(maxima({ ...production, SMS_DAILY_MAX: 'off' }), '');
  for (const wrong of ['5000', '*=0', '*=-1', 'RUS=5', 'ru=5', '*=5,*=6', '*=1.5', '*=5,', 'RU=5 eur', '+7=5']) {
    assert.match(
      refusals({ ...production, SMS_DAILY_MAX: wrong })[0]!,
      /^SMS_DAILY_MAX has to be off, or maxima/,
      wrong,
    );
  }
  const money = { ...production, SMS_DAILY_MAX: '*=50EUR,RU=0.5EUR', SMS_PRICES: '/prices.csv' };
  const list = (currency: string) => () => `provider,country,price,currency\nhttp,RU,0.04,${currency}\n`;
  assert.equal(
    maxima(money, (env) => read(env, list('EUR'))),
    'messages:*=default,EUR:*=50000000,EUR:RU=500000',
  );
  assert.match(refusals(money, list('RUB')).join('\n'), /SMS_DAILY_MAX names EUR, and SMS_PRICES has prices in RUB/);
  assert.match(refusals({ ...money, SMS_PRICES: '' })[0]!, /SMS_DAILY_MAX names EUR, and SMS_PRICES is not there/);
});

test('several keys keep their order, and a weak one among them is refused', () => {
  const other = testKey.toUpperCase();
  assert.deepEqual(read({ SECRET_KEYS: `${other}, ${testKey}` }).secretKeys, [other, testKey]);
  for (const weak of [`${testKey},`, `${testKey},short`, 'a'.repeat(40)]) {
    assert.equal(refusals({ SECRET_KEYS: weak }).length, 1, weak);
  }
});

test('the example of a key is refused, because everybody knows it', () => {
  const known = variables.SECRET_KEYS.example;
  for (const env of [{ SECRET_KEYS: known }, { ...production, SECRET_KEYS: `${testKey},${known}` }]) {
    assert.deepEqual(refusals(env).length, 1);
    assert.match(refusals(env)[0]!, /^SECRET_KEYS holds the example/);
  }
});

test('in production people reach us over TLS, or from this machine', () => {
  for (const url of ['https://vouch.example', 'http://localhost:8000', 'http://127.0.0.1:8000', 'http://[::1]:8000']) {
    assert.equal(read({ ...production, PUBLIC_URL: url }).publicUrl, url);
  }
  const open = { PUBLIC_URL: 'http://vouch.example' };
  assert.match(refusals({ ...production, ...open }).join('\n'), /^PUBLIC_URL has to begin with https:\/\/[^\n]+$/);
  assert.equal(read(open).publicUrl, open.PUBLIC_URL, 'in development too');
});

test('DATABASE_URL is what the database can be opened by, and is not repeated where it is not', () => {
  for (const url of [
    'postgres://vouch:p%40ss@db/vouch',
    'postgresql://vouch@one:5432,two:5433/vouch?sslmode=require',
    'postgres://vouch:p@[::1]:5432/vouch',
    'postgres:///vouch?host=/run/postgresql',
  ]) {
    assert.equal(read({ DATABASE_URL: url }).databaseUrl, url);
  }
  for (const url of [
    'mysql://vouch:hunter2@db/vouch',
    'postgres://',
    'postgres://vouch:hunter2/x@db/vouch',
    'postgres://vouch:hunter2%zz@%zz/vouch',
    'postgres://vouch:hunter2@db:99999/vouch',
    'postgres://vouch:hunter2@db:0/vouch',
    'postgres://vouch:hunter2 @db/vouch',
  ]) {
    const [problem, ...others] = refusals({ DATABASE_URL: url });
    assert.match(
      problem!,
      /^DATABASE_URL has to be a connection string such as .* Example: DATABASE_URL=postgres:/,
      url,
    );
    assert.ok(!problem!.includes('hunter2'), problem);
    assert.deepEqual(others, []);
  }
});

test('READ_URLS are connection strings of one standby each, for DATABASE_URL, and no password is repeated', () => {
  const primary = { DATABASE_URL: 'postgres://vouch:hunter2@one,two/vouch' };
  const urls = ['postgres://vouch:p%2C@two/vouch', 'postgresql://vouch@three:5433/vouch?sslmode=require'];
  assert.deepEqual(read({}).readUrls, []);
  assert.deepEqual(read({ ...primary, READ_URLS: urls.join() }).readUrls, urls);
  assert.deepEqual(read({ ...primary, READ_URLS: urls.join(', ') }).readUrls, urls);
  for (const url of [
    'mysql://vouch:hunter2@db/vouch',
    `${urls[0]},mysql://vouch:hunter2@db/vouch`,
    `${urls[0]},postgres://vouch:hunter2@db:0/vouch`,
    'postgres://vouch:hunter2@two,three/vouch',
    'postgres://vouch:hunter2@two/vouch?target_session_attrs=standby',
  ]) {
    const [problem, ...others] = refusals({ ...primary, READ_URLS: url });
    assert.match(
      problem!,
      /^READ_URLS has to be connection strings of one standby each, .* Example: READ_URLS=postgres:/,
    );
    assert.ok(!problem!.includes('hunter2'), problem);
    assert.deepEqual(others, []);
  }
  const both = refusals({ READ_URLS: urls.join(), CODE_LENGTH: '3' });
  assert.equal(both.filter((problem) => /^READ_URLS needs DATABASE_URL/.test(problem)).length, 1, 'without a primary');
  assert.equal(both.length, 2, 'with all other problems at once');
});

test('numbers are told to nobody unless a port or a token says so, and the token is no example', () => {
  assert.equal(read({}).metrics, undefined);
  assert.equal(read({ METRICS_HOST: '10.0.0.5' }).metrics, undefined);
  assert.deepEqual(read({ METRICS_PORT: '9464' }).metrics, { host: '127.0.0.1', port: 9464, token: undefined });
  const token = 'hunter2-hunter2-hunter2';
  const config = read({ METRICS_TOKEN_FILE: '/run/secrets/metrics' }, () => `${token}\n`);
  assert.deepEqual({ ...config.metrics }, { host: '127.0.0.1', port: undefined, token });
  assert.ok(!inspect(config).includes(token) && !JSON.stringify(config).includes(token));
  for (const bad of ['short', 'with a space in it, and long', variables.METRICS_TOKEN.example])
    assert.match(refusals({ METRICS_TOKEN: bad })[0]!, /^METRICS_TOKEN .*Example: METRICS_TOKEN=/);
});

test('a configuration that is printed shows no secret, and loses none', () => {
  const secrets = {
    DATABASE_URL: 'postgres://vouch:hunter2@db/vouch',
    READ_URLS: 'postgres://vouch:hunter2@db2/vouch',
    SMS_HTTP_TOKEN: 'hunter3',
  };
  const config = read({ ...production, ...secrets });
  assert.equal(config.databaseUrl, secrets.DATABASE_URL);
  assert.equal(config.sms.providers.http?.SMS_HTTP_TOKEN, secrets.SMS_HTTP_TOKEN);
  for (const printed of [JSON.stringify({ config }), inspect({ config }, { depth: 9, showHidden: true })]) {
    for (const secret of [testKey, 'hunter2', 'hunter3']) assert.ok(!printed.includes(secret), printed);
  }
});

test('TRUST_PROXY takes off, a number of hops, or addresses and networks', () => {
  const trusted: [string, Config['trustProxy'] | undefined][] = [
    ['off', false],
    ['1', 1],
    ['10', 10],
    ['10.0.0.0/8, ::1,192.0.2.7', ['10.0.0.0/8', '::1', '192.0.2.7']],
    ['0', undefined],
    ['11', undefined],
    ['true', undefined],
    ['10.0.0.0/33', undefined],
    ['example.com', undefined],
  ];
  for (const [text, wanted] of trusted) {
    const found = parseConfig({ TRUST_PROXY: text }, noFile);
    assert.deepEqual(found.ok ? found.config.trustProxy : undefined, wanted, text);
  }
});

test('messages are handed over TLS or on this machine only', () => {
  const urls = { 'https://a.example/x': true, 'http://localhost:1/x': true, 'http://[::1]:1/': true };
  const refused = { 'http://a.example/x': false, 'https://user:pw@a.example/': false, 'ftp://localhost/': false };
  assert.equal(
    read({ ...production, SMS_HTTP_URL: 'https://a.example/{to}?m={text}' }).sms.providers.http?.SMS_HTTP_URL,
    'https://a.example/{to}?m={text}',
  );
  for (const [url, taken] of Object.entries({ ...urls, ...refused })) {
    assert.equal(parseConfig({ ...production, SMS_HTTP_URL: url }, noFile).ok, taken, url);
  }
});

test('routes name a provider that is there, once each, a country that is one, and what all others get', () => {
  const taken = { 'RU=console,http;*=console': 2, ' KZ = http ; * = console , http ': 2, '*=http': 1 };
  for (const [text, rules] of Object.entries(taken)) {
    const env = { SMS_ROUTES: text, SMS_HTTP_URL: 'https://a.example', DEV_INBOX: 'off' };
    assert.equal(read(env).sms.routes.length, rules, text);
  }
  for (const text of [
    'RU=http',
    '*=',
    '*=nobody',
    '*=http,http',
    'XX=http;*=http',
    'ru=http;*=http',
    '*=http;*=http',
    '*',
  ]) {
    assert.match(refusals({ SMS_ROUTES: text })[0]!, /^SMS_ROUTES has to be countries and their providers/, text);
  }
});

test('a provider that a route names needs its settings, each named at once; others need none', () => {
  const problems = refusals({ SMS_ROUTES: 'RU=smsc;*=twilio,vonage' });
  for (const name of ['SMSC_LOGIN', 'SMSC_PASSWORD', 'TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'VONAGE_PRIVATE_KEY']) {
    assert.ok(
      problems.some((one) => one.startsWith(`${name} is needed by the provider `)),
      `${name}: ${problems.join()}`,
    );
  }
  assert.ok(problems.some((one) => one.startsWith('TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID is needed')));
});

test('prices and test numbers that cannot be right are refused at the start', () => {
  const prices = 'provider,country,price,currency\ntwilio,DE,0.085,EUR\ntwilio,DE,1,EUR\n';
  const found = parseConfig({ SMS_PRICES: '/prices.csv' }, () => prices);
  assert.match(found.ok ? '' : found.problems.join('\n'), /^SMS_PRICES: line 3: .*has a price above/);
  const unread = parseConfig({ SMS_PRICES: '/prices.csv' }, () => assert.fail());
  assert.match(unread.ok ? '' : unread.problems.join('\n'), /^SMS_PRICES names a file that cannot be read/);
  assert.match(refusals({ TEST_NUMBERS: '+79160000001=12345' })[0]!, /^TEST_NUMBERS needs codes of 6 digits/);
  for (const text of [
    '79160000001=123456',
    '+7 916 000=123456',
    '+79160000001',
    '+79160000001=123456,+79160000001=123456',
  ]) {
    assert.match(refusals({ TEST_NUMBERS: text })[0]!, /^TEST_NUMBERS has to be/, text);
  }
});

for (const [name, { parser, example }] of [
  ...Object.entries<{ parser: Parser<unknown>; example: string }>(variables),
  ...Object.values(providerVariables).flatMap((some) =>
    Object.entries<{ parser: Parser<unknown>; example: string }>(some),
  ),
]) {
  test(`the example of ${name} is a value that it takes`, () => {
    assert.notEqual(parser.parse(example), undefined);
  });
}

test('.env.example names every variable, changes nothing as it is, and the tables name it in both languages', () => {
  for (const name of Object.keys(variables)) {
    assert.match(exampleFile(), new RegExp(`^#${name}=.`, 'm'));
    for (const language of ['ru', 'en'] as const)
      assert.match(table(language), new RegExp(`^\\| \`${name}\` \\| .+ \\| .+ \\|$`, 'm'));
  }
  assert.deepEqual(
    exampleFile()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
    [],
  );
});

const folder = await mkdtemp(join(tmpdir(), 'vouch-config-'));
after(() => rm(folder, { recursive: true }));

test('the environment wins over .env, and a variable without a text takes nothing from the one that has', async () => {
  await writeFile(join(folder, '.env'), 'PORT=not-from-the-file\nCODE_LENGTH=from-the-file\nDEFAULT_LOCALE=also\n');
  const said = await mainWith({ PORT: 'from-the-environment', DEFAULT_LOCALE: '' });
  assert.match(said, /PORT has to be .*"from-the-environment"/);
  assert.match(said, /CODE_LENGTH has to be .*"from-the-file"/);
  assert.match(said, /DEFAULT_LOCALE has to be .*"also"/, 'an empty one counts as not given');
  assert.doesNotMatch(said, /not-from-the-file/);
});

test('of many starts at once all have the same key, which its owner alone can read', async () => {
  const dataDir = join(folder, 'data');
  const starts = await Promise.all(Array.from({ length: 3 }, () => keyProcess(dataDir)));
  for (const { child } of starts) child.stdin.write('go');
  const keys = await Promise.all(starts.map(({ ended }) => ended));
  assert.deepEqual([...new Set(keys)], [`ready\n${devKey(dataDir)}\n`]);
  assert.equal((await stat(join(dataDir, 'secret-key'))).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(dataDir), ['secret-key'], 'no draft is left');
  assert.ok(parseConfig({ SECRET_KEYS: devKey(dataDir) }, noFile).ok, 'it would do in production');
});

test('an own key that was cut off is told, and not replaced', async () => {
  const dataDir = join(folder, 'cut');
  devKey(dataDir);
  await writeFile(join(dataDir, 'secret-key'), 'short');
  assert.throws(() => devKey(dataDir), /secret-key holds no key/);
  assert.equal(await readFile(join(dataDir, 'secret-key'), 'utf8'), 'short');
});

function read(env: Env, readFile: ReadFile = noFile): Config {
  const found = parseConfig(env, readFile);
  assert.ok(found.ok, found.ok ? '' : found.problems.join('\n'));
  return found.config;
}

function refusals(env: Env, readFile: ReadFile = noFile): readonly string[] {
  const found = parseConfig(env, readFile);
  assert.ok(!found.ok, 'nothing was refused');
  return found.problems;
}

/** What the product says of its configuration where it refuses it. */
async function mainWith(env: Env): Promise<string> {
  const child = spawn(process.execPath, nodeArguments('src/main.ts'), {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  assert.equal(code, 1);
  return said;
}

async function keyProcess(dataDir: string) {
  const child = spawn(process.execPath, nodeArguments('test/support/dev-key-process.ts'), {
    env: { DATA_DIR: dataDir },
  });
  after(() => child.kill());
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  const ended = once(child, 'close').then(() => said);
  await once(child.stdout, 'data');
  return { child, ended };
}
