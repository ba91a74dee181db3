import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openFunctions } from './support/function-calls.ts';

const { query, meanwhile, close } = await openFunctions();
after(close);

const clear = () => query('truncate invite_code');
const id = (n: number) => `'00000000-0000-4000-8000-00000000000${n}'::uuid`;
const choosing = (n: number, codes: string) => `choose_code('{${codes}}', ${id(n)})`;
const choose = (n: number, codes: string) => query(`select vouch.${choosing(n, codes)}`);
const taken = (n: number, code: string) => `insert into invite_code (account_id, code) values (${id(n)}, '${code}')`;
const codes = async () => (await query('select code from invite_code order by account_id')).map(({ code }) => code);

test('an account gets the first of its codes that nobody has', async () => {
  await clear();
  await choose(1, 'BBBBBB,CCCCCCC');
  await choose(2, 'BBBBBB,CCCCCCC,DDDDDDDD');
  await choose(3, 'BBBBBB,CCCCCCC,DDDDDDDD,FFFFFFFFF');
  assert.deepEqual(await codes(), ['BBBBBB', 'CCCCCCC', 'DDDDDDDD']);
});

test('with each code taken the caller has to start anew, and nothing is written', async () => {
  await clear();
  await query(taken(1, 'BBBBBB'));
  await query(taken(2, 'CCCCCCC'));
  await assert.rejects(choose(3, 'BBBBBB,CCCCCCC'), { code: 'VO002' });
  assert.deepEqual(await codes(), ['BBBBBB', 'CCCCCCC']);
});

test('a code that another sign-up takes at the same moment is passed over', async () => {
  await clear();
  const statement = `select vouch.${choosing(2, 'BBBBBB,CCCCCCC')}`;
  await meanwhile(taken(1, 'BBBBBB'), statement);
  assert.deepEqual(await codes(), ['BBBBBB', 'CCCCCCC']);
});

test('the codes of a length end with one in a hundred, by the smallest rows that the table could have', async () => {
  await clear();
  for (const length of [6, 7, 8, 9]) {
    const most = 27 ** length / 100;
    const isFull = async (rows: number) =>
      (await query(`select vouch.is_length_full(repeat('B', ${length}), ${rows * 52}) as full`))[0]!.full;
    assert.deepEqual([await isFull(Math.floor(most)), await isFull(Math.ceil(most))], [false, true], `${length}`);
  }
});

test('no row of a code is smaller than the size by which they are counted', async () => {
  await clear();
  await query(`insert into invite_code (account_id, code)
    select gen_random_uuid(), translate(lpad(n::text, 6, '0'), '01', 'BC') from generate_series(222222, 223222) n`);
  const [row] = await query("select pg_relation_size('invite_code') / count(*)::float8 as bytes from invite_code");
  assert.ok(row!.bytes >= 52 && row!.bytes < 58, `${row!.bytes}`);
});

test('a code of a full length is passed over, also when it is free, and the last is not', async () => {
  await clear();
  await choose(1, 'BB,CCCCCC');
  // one page could hold 157 rows: of the codes of two letters 7 are given out, of three 196
  await choose(2, 'CC,DDDDDD');
  await choose(3, 'BBB,FFFFFF');
  await choose(4, 'DD');
  assert.deepEqual(await codes(), ['BB', 'DDDDDD', 'BBB', 'DD']);
});
