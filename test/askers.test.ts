import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppProcess, connectDatabase } from './support/app-processes.ts';
import { deepTest, repetitions } from './support/depth.ts';
import { anyNumber, freshDatabase } from './support/harness.ts';

const databaseUrl = await freshDatabase();
const env = { TRUST_PROXY: '1', SPRAY_LIMIT: '100' };
const [one, two] = await Promise.all([0, 1].map(() => AppProcess.start(databaseUrl, env)));
const sql = await connectDatabase(databaseUrl);

let ahead = 0;
async function turn(seconds: number): Promise<void> {
  ahead += seconds;
  await Promise.all([one!.turn(ahead), two!.turn(ahead)]);
}

let addresses = 0;

/** A client at an IP address of its own, at one of the two processes. */
class Client {
  challenge: string | undefined;
  readonly #app: AppProcess;
  readonly #headers: Record<string, string>;

  constructor(headers: Record<string, string> = {}) {
    addresses += 1;
    this.#app = addresses % 2 ? one! : two!;
    this.#headers = {
      'x-forwarded-for': `198.${18 + (addresses >> 16)}.${(addresses >> 8) & 255}.${addresses & 255}`,
      ...headers,
    };
  }

  async ask(phone_number: string) {
    const body = { phone_number, ...(this.challenge ? { challenge: this.challenge } : {}) };
    const answer = await this.#app.call('POST', '/api/request-sms/', body, undefined, this.#headers);
    this.challenge = answer.data.challenge ?? this.challenge;
    return answer;
  }

  verify(phone_number: string, sms_code: string) {
    const body = { phone_number, sms_code, ...(this.challenge ? { challenge: this.challenge } : {}) };
    return this.#app.call('POST', '/api/verify-sms/', body, undefined, this.#headers);
  }

  /** The code that was sent last to a number by the process of this client. */
  async code(phone: string): Promise<string> {
    return (await this.#app.codes(phone))[0]!;
  }

  async askedCode(phone: string): Promise<string> {
    const { status, data } = await this.ask(phone);
    assert.equal(status, 201, JSON.stringify(data));
    return this.code(phone);
  }
}

const wrongFor = (code: string) => String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0');

test('strangers cannot kill a code: with no token, with one of their own, and with a challenge of their own', async () => {
  const phone = anyNumber();
  const owner = new Client();
  const code = await owner.askedCode(phone);
  const asking = new Client();
  await asking.ask(phone);
  const inventing = new Client();
  inventing.challenge = `vouchc_${'A'.repeat(43)}`;
  const strangers = [new Client(), new Client(), asking, inventing];
  await Promise.all(
    Array.from({ length: repetitions(200, 40) }, (_, at) => strangers[at % 4]!.verify(phone, wrongFor(code))),
  );
  assert.equal((await owner.verify(phone, wrongFor(code))).data.guesses_left, undefined, 'the first guess of five');
  assert.equal((await owner.verify(phone, code)).status, 201);
});

test('a code works for the client that asked for it, and for no other', async () => {
  const phone = anyNumber();
  const [first, second] = [new Client(), new Client()];
  const code = await first.askedCode(phone);
  const other = await second.askedCode(phone);
  assert.notEqual(first.challenge, second.challenge);
  if (code !== other) {
    assert.equal((await second.verify(phone, code)).status, 400);
    assert.equal((await first.verify(phone, other)).status, 400);
  }
  const without = new Client();
  for (const stolen of [code, other]) assert.equal((await without.verify(phone, stolen)).status, 400);
  assert.equal((await second.verify(phone, other)).status, 201);
  assert.equal((await first.verify(phone, code)).status, 201);
});

test('asking again with the token, from another address too, sends the same code again', async () => {
  const phone = anyNumber();
  const client = new Client();
  const code = await client.askedCode(phone);
  const moved = new Client();
  moved.challenge = client.challenge;
  assert.equal((await moved.ask(phone)).status, 429, 'the pause is that of the token');
  await turn(31);
  const { data } = await moved.ask(phone);
  assert.deepEqual([data.challenge, data.expires_in < 600], [client.challenge, true]);
  assert.equal(await moved.code(phone), code);
});

test('a client without a token is known by its address, and its network spends no guesses of the token', async () => {
  const phone = anyNumber();
  const client = new Client();
  const code = await client.askedCode(phone);
  const { challenge } = client;
  client.challenge = undefined;
  for (let guess = 0; guess < 6; guess += 1) assert.equal((await client.verify(phone, wrongFor(code))).status, 400);
  assert.equal((await client.verify(phone, code)).status, 400, 'five guesses of the network are used up');
  client.challenge = challenge;
  assert.equal((await client.verify(phone, code)).status, 201);
});

test('nothing that others do changes the times, the guesses and the answers of a client', async () => {
  const told = async (others: (phone: string) => Promise<void>) => {
    const phone = anyNumber();
    const client = new Client();
    const answers: unknown[] = [];
    const keep = async (answer: Promise<{ status: number; data: Record<string, unknown> }>) => {
      const { status, data } = await answer;
      const { code, guesses_left, code_length, resend_in, expires_in: seconds } = data;
      // the clock of the database goes on between two calls; presence.test.ts compares every byte by a clock that stands
      const isNew = seconds === undefined ? undefined : Number(seconds) > 590;
      answers.push([status, { code, guesses_left, code_length, resend_in, isNew }]);
    };
    await others(phone);
    await keep(client.ask(phone));
    await others(phone);
    for (let guess = 0; guess < 3; guess += 1) await keep(client.verify(phone, 'x'));
    await keep(client.ask(phone));
    await turn(31);
    await keep(client.ask(phone));
    await others(phone);
    for (let guess = 0; guess < 3; guess += 1) await keep(client.verify(phone, 'x'));
    return answers;
  };
  const alone = await told(async () => {});
  const strangers: Record<string, (phone: string) => Promise<void>> = {
    'another asks': async (phone) => {
      await new Client().ask(phone);
    },
    'another asks, signs up or in, and is known': async (phone) => {
      const other = new Client();
      const asked = await other.ask(phone);
      if (asked.status === 201) await other.verify(phone, await other.code(phone));
    },
    'another guesses': async (phone) => {
      const other = new Client();
      for (let guess = 0; guess < 7; guess += 1) await other.verify(phone, '000000');
    },
  };
  for (const [name, others] of Object.entries(strangers)) {
    const seen = await told(others);
    assert.deepEqual(seen, alone, name);
  }
});

test('a sweep of 150 numbers keeps nobody from signing in', async () => {
  const people = await Promise.all(
    Array.from({ length: 19 }, async () => {
      const [client, phone] = [new Client(), anyNumber()];
      return { client, phone, code: await client.askedCode(phone) };
    }),
  );
  const targets = [
    ...people.map(({ phone }) => ({ phone, guesses: 6 })),
    ...Array.from({ length: 131 }, () => ({ phone: anyNumber(), guesses: repetitions(6) })),
  ];
  const attacker = new Client();
  for (const { phone, guesses } of targets) {
    await Promise.all(Array.from({ length: guesses }, () => attacker.verify(phone, '123456')));
  }
  const statuses = await Promise.all(
    people.map(async ({ client, phone, code }) => (await client.verify(phone, code)).status),
  );
  assert.deepEqual(statuses, Array(19).fill(201));
});

test('a flood of wrong codes from one address leaves the others untouched', async () => {
  const flooder = new Client();
  const flood = Promise.all(
    Array.from({ length: repetitions(1500, 100) }, async () => {
      const { status } = await flooder.verify(anyNumber(), '123456');
      return status;
    }),
  );
  const people = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const [client, phone] = [new Client(), anyNumber()];
      return (await client.verify(phone, await client.askedCode(phone))).status;
    }),
  );
  assert.deepEqual(people, Array(20).fill(201));
  const statuses = await flood;
  assert.ok(statuses.every((status) => status === 400 || status === 429));
});

deepTest(
  'a device that is known gets in during an attack of 72 hours that has used up what strangers may',
  async () => {
    const phone = anyNumber();
    const owner = new Client();
    const signedIn = await owner.verify(phone, await owner.askedCode(phone));
    const device = { 'device-token': String(signedIn.headers.get('device-token')) };
    for (let hours = 0; hours < 72; hours += 6) {
      for (let asked = 0; asked < 6; asked += 1) {
        const attacker = new Client();
        await attacker.ask(phone);
        await Promise.all(Array.from({ length: 6 }, () => attacker.verify(phone, '12345678')));
      }
      const known = new Client(device);
      const code = await known.askedCode(phone);
      assert.equal((await known.verify(phone, code)).status, 201, `after ${hours} hours`);
      await turn(6 * 3600);
    }
  },
);

test('codes of strangers have eight digits after three failed challenges, and six again a day later', async () => {
  await turn(86_400);
  const phone = anyNumber();
  for (let failed = 0; failed < 3; failed += 1) {
    const attacker = new Client();
    assert.equal((await attacker.ask(phone)).data.code_length, 6, `after ${failed} failed ones`);
    for (let guess = 0; guess < 5; guess += 1) assert.equal((await attacker.verify(phone, '1')).status, 400);
    await turn(601);
  }
  const owner = new Client();
  const asked = await owner.ask(phone);
  assert.equal(asked.data.code_length, 8);
  const code = await owner.code(phone);
  assert.match(code, /^\d{8}$/);
  assert.equal((await owner.verify(phone, code)).status, 201);
  await turn(86_400);
  assert.equal((await new Client().ask(phone)).data.code_length, 6);
});

test('a hundred wrong codes in a row stop the codes of strangers, until a device that is known signs in', async () => {
  const phone = anyNumber();
  const owner = new Client();
  const signedIn = await owner.verify(phone, await owner.askedCode(phone));
  const device = { 'device-token': String(signedIn.headers.get('device-token')) };
  let failures = 0;
  for (let tries = 0; failures < 140 && tries < 200; tries += 1) {
    await turn(tries % 4 === 3 ? 8 * 3600 : 121);
    const attacker = new Client();
    const asked = await attacker.ask(phone);
    if (asked.status === 403) break;
    if (asked.status !== 201) continue;
    for (let guess = 0; guess < 5; guess += 1) await attacker.verify(phone, '12345678x');
    failures += 5;
  }
  assert.equal(failures, 100);
  const [row] = await sql`select failures from number_limit
    where phone_number = ${phone} and device_trust = 'unknown_device'`;
  assert.equal(row!.failures, 100);
  await turn(10 * 86_400);
  const refused = await new Client().ask(phone);
  assert.deepEqual([refused.status, refused.data.code], [403, 'number_locked'], 'no time ends it');
  const known = new Client(device);
  assert.equal((await known.verify(phone, await known.askedCode(phone))).status, 201);
  assert.equal((await new Client().ask(phone)).status, 201);
});

test('a spray over many numbers makes the codes of strangers longer, ends their short ones, and spares known devices', async () => {
  await turn(86_400);
  const known = new Client();
  const phone = anyNumber();
  const signedIn = await known.verify(phone, await known.askedCode(phone));
  const device = { 'device-token': String(signedIn.headers.get('device-token')) };
  const waiting = new Client();
  const waitingPhone = anyNumber();
  const code = await waiting.askedCode(waitingPhone);
  const spray = async () => {
    const [attacker, number] = [new Client(), anyNumber()];
    await attacker.ask(number);
    for (let guess = 0; guess < 5; guess += 1) await attacker.verify(number, '1');
  };
  for (let at = 0; at < 19; at += 1) await spray();
  assert.equal((await new Client().ask(anyNumber())).data.code_length, 6, 'after 95 wrong guesses of 100');
  const honest = new Client();
  const honestPhone = anyNumber();
  const right = await honest.askedCode(honestPhone);
  for (let slip = 0; slip < 4; slip += 1) await honest.verify(honestPhone, wrongFor(right));
  assert.equal((await honest.verify(honestPhone, right)).status, 201, 'whose slips do not count after all');
  assert.equal((await new Client().ask(anyNumber())).data.code_length, 6);
  await spray();
  assert.equal((await new Client().ask(anyNumber())).data.code_length, 8, 'after 100');
  assert.equal((await waiting.verify(waitingPhone, code)).status, 400, 'a short code is over');
  await turn(31);
  const again = await waiting.ask(waitingPhone);
  assert.equal(again.data.code_length, 8);
  assert.equal((await waiting.verify(waitingPhone, await waiting.code(waitingPhone))).status, 201);
  const own = new Client(device);
  assert.equal((await own.ask(phone)).data.code_length, 6);
  await turn(86_400);
  assert.equal((await new Client().ask(anyNumber())).data.code_length, 6, 'the next day');
});
