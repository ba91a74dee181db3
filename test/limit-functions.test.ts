import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ago, agoOf, itemsOf, openFunctions } from './support/function-calls.ts';

const { query, call, meanwhile, close } = await openFunctions();
after(close);

/** Buckets of 10 and 5 units in 100 s, of which some are filled until then, in seconds after the present. */
async function given(tats: Record<string, number>) {
  await query('delete from rate_limit');
  for (const [key, ahead] of Object.entries({ other: 50, ...tats })) {
    await query(`insert into rate_limit values ('${key}', ${ago(-ahead)})`);
  }
}

async function tats() {
  const rows = await query('select * from rate_limit order by key');
  const all = Object.fromEntries(rows.map(({ key, tat }) => [key, 0 - agoOf(tat)!]));
  assert.equal(all.other, 50);
  return [all.a, all.b];
}

const buckets = "'{a,b}', '{wide,narrow}', '{10,5}', 100";

test('the bucket that opens last names the limit', async () => {
  const wait = async () => Object.values(await call(`rate_limit_wait(${buckets})`));
  for (const [a, b, expected] of [
    [0, 0, ['wide', 0]],
    [90, 80, ['wide', 0]],
    [90.5, 80, ['wide', 0.5]],
    [92, 85, ['narrow', 5]],
    [95, 85, ['wide', 5]],
    [97, 85, ['wide', 7]],
  ] as const) {
    await given({ a, b });
    assert.deepEqual(await wait(), expected);
  }
  await given({});
  assert.deepEqual(await wait(), ['wide', 0]);
  await given({ a: 100 });
  assert.deepEqual(await wait(), ['wide', 10]);
});

test('a unit of each bucket is taken if each has one', async () => {
  for (const name of ['take_units', 'consume']) {
    const take = async (counts = true) => Object.values(await call(`${name}(${buckets}, ${counts})`));
    const none = name === 'consume' ? ['wide', 0] : [null, null];
    await given({});
    assert.deepEqual(await take(), [true, ...none]);
    assert.deepEqual(await tats(), [10, 20]);
    assert.deepEqual(await take(), [true, ...none]);
    assert.deepEqual(await tats(), [20, 40]);
    assert.deepEqual(await take(false), [true, ...none]);
    assert.deepEqual(await tats(), [20, 40]);
    await given({ a: -1000, b: 80 });
    assert.deepEqual(await take(), [true, ...none]);
    assert.deepEqual(await tats(), [10, 100]);
    await given({});
    assert.deepEqual(await take(false), [true, ...none]);
    assert.deepEqual(await tats(), [0, 0]);
    await given({ a: 90.5, b: 10 });
    assert.deepEqual(await take(), [false, 'wide', 0.5]);
    assert.deepEqual(await tats(), [90.5, 10]);
    await given({ a: 10, b: 81 });
    assert.deepEqual(await take(), [false, 'narrow', 1]);
    assert.deepEqual((await tats())[1], 81);
  }
});

test('units that another request takes at the same moment are counted', async () => {
  const taken = (counts: boolean) =>
    `select * from vouch.take_units('{a}', '{wide}', '{10}', 100, ${counts}, ${ago(0)})`;
  // a new bucket, and one that is there
  await given({});
  assert.equal((await meanwhile(taken(true), taken(true))).is_allowed, true);
  assert.equal((await tats())[0], 20);
  assert.equal((await meanwhile(taken(true), taken(true))).is_allowed, true);
  assert.equal((await tats())[0], 40);
  await given({ a: 80 });
  assert.equal((await meanwhile(taken(true), taken(true))).is_allowed, true);
  assert.equal((await meanwhile("update rate_limit set tat = tat where key = 'a'", taken(true))).is_allowed, false);
});

test('the look before a consumption spares what the buckets before the empty one have', async () => {
  for (const [b, wait] of [
    [90, 10],
    [80.5, 0.5],
  ] as const) {
    await given({ a: 10, b });
    assert.deepEqual(Object.values(await call(`consume(${buckets}, true)`)), [false, 'narrow', wait]);
    assert.deepEqual(await tats(), [10, b]);
  }
});

test('a refusal is written once a second, and a newer number replaces an older one', async () => {
  const record = (number: string, rule: string, seconds: number, bucket = 'x') =>
    query(`select vouch.record_refusal('12', '${bucket}', '${number}', '${rule}', ${ago(-seconds)})`);
  const stored = async () => {
    const [row] = await query("select * from refusal where bucket = 'x'");
    return [row!.phone_number, row!.rule, row!.times, 0 - agoOf(row!.first_at)!, 0 - agoOf(row!.last_at)!];
  };
  await query('delete from refusal');
  await record('+1', 'pause', 0.5, 'another');
  await record('+1', 'pause', 0);
  assert.deepEqual(await stored(), ['+1', 'pause', 1, 0, 0]);
  await record('+1', 'hour', 0.5);
  assert.deepEqual(await stored(), ['+1', 'pause', 1, 0, 0]);
  await record('+1', 'hour', 1);
  assert.deepEqual(await stored(), ['+1', 'hour', 2, 0, 1]);
  await record('+1', 'hour', 3);
  assert.deepEqual(await stored(), ['+1', 'hour', 3, 0, 3]);
  await record('+2', 'day', 5);
  assert.deepEqual(await stored(), ['+2', 'day', 1, 5, 5]);
  const recorded = `select vouch.record_refusal('12', 'x', '+2', 'day', ${ago(-10)})`;
  await meanwhile(recorded, recorded);
  assert.deepEqual(await stored(), ['+2', 'day', 2, 5, 10]);
});

test('the rules of networks and of the day have a hundred buckets a network', async () => {
  const bucket = async (rule: string) =>
    (await query(`select vouch.refusal_bucket('+79161234567', '${rule}', 'net') as bucket`))[0]!.bucket;
  assert.equal(await bucket('network_messages_48'), 'network:net:67');
  assert.equal(await bucket('daily_max'), 'network:net:67');
  assert.equal(await bucket('guess_48'), 'network:net:67');
  assert.equal(await bucket('pause'), 'number:+79161234567:pause');
});

test('the refusals of an erased number are deleted, and no others', async () => {
  await query('delete from refusal');
  for (const [ending, bucket, number] of [
    ['12', 'x', '+1'],
    ['12', 'y', '+1'],
    ['12', 'z', '+2'],
    ['34', 'x', '+1'],
  ]) {
    await query(`select vouch.record_refusal('${ending}', '${bucket}', '${number}', 'pause', ${ago(0)})`);
  }
  await query("select vouch.delete_refusals('12', '+1')");
  assert.deepEqual(
    (await query('select ending, bucket from refusal order by 1')).map((row) => Object.values(row)),
    [
      ['12', 'z'],
      ['34', 'x'],
    ],
  );
});

const day = "date '2026-01-01'";

async function givenDays(...counts: [ago: number, scope: string, shard: number, amount: number][]) {
  await query('delete from daily_count');
  for (const [days, scope, shard, amount] of counts) {
    await query(`insert into daily_count values (${day} - ${days}, '${scope}', ${shard}, ${amount})`);
  }
}

test('the default maximum is ten times the median of 14 days, a thousand at least, and stays for the day', async () => {
  const max = async () => Number((await query(`select vouch.default_daily_max(${day}) as max`))[0]!.max);
  const all = 'messages:*';
  await givenDays();
  assert.equal(await max(), 1000);
  const days = (from: number, to: number, amount: number) =>
    Array.from({ length: to - from + 1 }, (_, at) => [from + at, all, 0, amount] as [number, string, number, number]);
  await givenDays(...days(1, 7, 300), ...days(8, 14, 200), [1, all, 1, 60], [0, all, 0, 9e6], [15, all, 0, 9e6]);
  assert.equal(await max(), 2500);
  await givenDays(...days(1, 8, 300), [1, 'messages:RU', 0, 9e6], [0, 'default', 1, 7], [1, 'default', 0, 8]);
  assert.equal(await max(), 3000);
  await query(`insert into daily_count select ${day} - n, '${all}', 5, 9000 from generate_series(1, 14) n`);
  assert.equal(await max(), 3000);
  const stored = await query(
    `select amount::int from daily_count where day = ${day} and scope = 'default' and shard = 0`,
  );
  assert.deepEqual(
    stored.map(({ amount }) => amount),
    [3000],
  );
  await givenDays(...days(1, 7, 300), ...days(9, 14, 300), [20, all, 0, 5]);
  assert.equal(await max(), 3000);
  await givenDays(...days(1, 7, 300));
  assert.equal(await max(), 1500, 'a day without messages is one of none');
  await givenDays(...days(1, 14, 300));
  await query(`insert into daily_count select ${day} - n, 'messages:RU', 0, 900 from generate_series(1, 14) n`);
  assert.equal(await max(), 3000);
  await givenDays(...days(1, 6, 300), ...days(9, 14, 0));
  assert.equal(await max(), 1000);
  await givenDays();
  const call = `select vouch.default_daily_max(${day})`;
  assert.equal(Number((await meanwhile(call, call)).default_daily_max), 1000);
});

test('a maximum is spread over shards, whose quotas add up to it', async () => {
  const pick = async (max: number, cost = 1, typical = 1, trusted = false) =>
    Object.values(
      await query(`select * from vouch.pick_daily_shard(${day}, 's', ${max}, ${cost}, ${typical}, ${trusted})`).then(
        ([row]) => row!,
      ),
    ).map((value) => (value === null ? null : Number(value)));
  await givenDays([1, 's', 0, 9e6], [0, 'other', 0, 9e6]);
  assert.deepEqual(await pick(499), [0, 499]);
  assert.deepEqual(await pick(10, 1, 1, true), [0, 20]);
  assert.deepEqual(await pick(499, 1, 2), [0, 499]);
  // 502 are two shards of 251; 503 have one of 252
  for (const [max, typical, quotas] of [
    [500, 1, [250, 250]],
    [502, 1, [251, 251]],
    [503, 1, [252, 251]],
    [1004, 2, [502, 502]],
    [754, 1, [252, 251, 251]],
  ] as const) {
    for (const [shard, quota] of quotas.entries()) {
      await givenDays(
        ...quotas.flatMap((amount, at) =>
          at === shard ? [] : [[0, 's', at, amount] as [number, string, number, number]],
        ),
      );
      assert.deepEqual(await pick(max, 1, typical), [shard, quota]);
      assert.deepEqual(await pick(max, quota, typical), [shard, quota]);
      assert.deepEqual(await pick(max, quota + 1, typical), [null, null]);
      await query(`insert into daily_count values (${day}, 's', ${shard}, ${quota - 1})`);
      assert.deepEqual(await pick(max, 1, typical), [shard, quota]);
      await query(`update daily_count set amount = ${quota} where shard = ${shard}`);
      assert.deepEqual(await pick(max, 1, typical), [null, null]);
    }
  }
  await query('delete from daily_count');
  const rows = await query(
    `select distinct (vouch.pick_daily_shard(${day}, 's', 1000000, 1, 1, false)).shard from generate_series(1, 2000)`,
  );
  assert.deepEqual(
    rows.map(({ shard }) => shard).sort((one, other) => one - other),
    Array.from({ length: 32 }, (_, at) => at),
  );
});

test('counters are filled in the order of their scopes, as far as each has room', async () => {
  await givenDays();
  const counters = `'[{"scope":"b","max":9,"cost":4,"typicalCost":1},{"scope":"a","max":5,"cost":2,"typicalCost":1}]'`;
  const pick = async () =>
    Object.values((await query(`select * from vouch.pick_daily_shards(${day}, ${counters}, false)`))[0]!).map(
      (value) => value && (value.startsWith('{') ? itemsOf(value) : value),
    );
  const count = async (quotas = '{5,9}') =>
    (await query(`select vouch.count_daily_message(${day}, ${counters}, '{0,0}', '${quotas}') as full`))[0]!.full;
  const stored = async () =>
    (await query('select scope, amount::int from daily_count order by scope')).map((row) => Object.values(row));
  assert.deepEqual(await pick(), [['0', '0'], ['5', '9'], null]);
  assert.equal(await count(), null);
  assert.deepEqual(await stored(), [
    ['a', 2],
    ['b', 4],
  ]);
  assert.equal(await count('{4,8}'), null);
  assert.deepEqual(await stored(), [
    ['a', 4],
    ['b', 8],
  ]);
  assert.equal((await pick())[2], 'a');
  assert.equal(await count('{9,11}'), 'b');
  assert.deepEqual(await stored(), [
    ['a', 6],
    ['b', 8],
  ]);
  assert.equal(await count('{7,99}'), 'a');
  assert.deepEqual(await stored(), [
    ['a', 6],
    ['b', 8],
  ]);
});
