import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Actual, type Expected, findViolations, newExpected } from '../lab/chaos/consistency.ts';

const read = { status: 200, name: 'Ann', redeemed: 'BBBBBB' };
const well: Actual = { reads: [read], replays: [400], sessions: 1, messages: 1, accounts: 1 };

function person(more: Partial<Expected> = {}): Expected {
  const opened = [{ token: 't', end: 'no' as const }];
  return { ...newExpected('+1'), asked: 1, codes: new Set(['1']), opened, name: 'Ann', redeemed: 'BBBBBB', ...more };
}

test('a history that holds has no breach', () => {
  assert.deepEqual(findViolations(person(), well), []);
});

const legal: [name: string, heard: Partial<Expected>, truth: Partial<Actual>][] = [
  ['an unanswered name may be there', { maybeNames: ['Bea'] }, { reads: [{ ...read, name: 'Bea' }] }],
  ['an unanswered redemption may be there', { redeemed: undefined as never, maybeRedeemed: ['BBBBBB'] }, {}],
  ['an unanswered sign-in may be done again', { opened: [] }, { reads: [], replays: [201], sessions: 0 }],
  ['an unanswered logout may have happened', { opened: [{ token: 't', end: 'asked' }] }, { reads: [gone()] }],
  ['an unanswered erasure may have happened', { erased: 'asked' }, { reads: [gone()], accounts: 0, sessions: 0 }],
  ['one message may be too many', {}, { messages: 2 }],
];
for (const [name, heard, truth] of legal) {
  test(`the history checker: ${name}`, () =>
    assert.deepEqual(findViolations(person(heard), { ...well, ...truth }), []));
}

const planted: [name: string, heard: Partial<Expected>, truth: Partial<Actual>, found: RegExp][] = [
  ['a lost session', {}, { reads: [gone()] }, /an acknowledged session answers 401/],
  ['a session that cannot be read', {}, { reads: [{ ...read, status: 500 }] }, /answers 500/],
  ['a code used twice', {}, { replays: [201] }, /used code opened a session again/],
  ['two acknowledged sessions of one code', { opened: [open(), open()] }, { reads: [read, read] }, /2 sessions of 1/],
  ['two rows of sessions of one code', {}, { sessions: 2 }, /2 rows of sessions of 1/],
  ['a lost edit', {}, { reads: [{ ...read, name: 'Old' }] }, /the name is Old/],
  ['a lost redemption', {}, { reads: [{ ...read, redeemed: null }] }, /redeemed is null/],
  ['another redemption', { maybeRedeemed: ['CCCCCC'] }, { reads: [{ ...read, redeemed: 'CCCCCC' }] }, /is CCCCCC/],
  ['a logout undone', { opened: [{ token: 't', end: 'yes' }] }, {}, /session that was ended answers 200/],
  ['an erasure undone', { erased: 'yes' }, { reads: [gone()] }, /an erased account is there/],
  ['a session that outlives its account', { erased: 'yes' }, { accounts: 0 }, /session that was ended answers 200/],
  ['two messages too many', {}, { messages: 3 }, /3 messages for 1/],
  ['two accounts of one number', {}, { accounts: 2 }, /2 accounts/],
];
for (const [name, heard, truth, found] of planted) {
  test(`the history checker finds ${name}`, () =>
    assert.match(findViolations(person(heard), { ...well, ...truth }).join(), found));
}

function gone() {
  return { status: 401, name: null, redeemed: null };
}

function open() {
  return { token: 't', end: 'no' as const };
}
