import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  auditDeliveries,
  type CodeRequest,
  type DeliveryRow,
  type GatewayRequest,
} from '../lab/chaos/delivery-audit.ts';

const ask: CodeRequest = { number: '+1', by: 'one', status: 201 };
const took: GatewayRequest = { id: 'a', number: '+1', by: 'one', code: '123456' };
const row: DeliveryRow = { id: 'a', number: '+1', state: 'accepted', askedAt: 1000, beganAt: 1010 };
const bare = { askedAt: 1000, beganAt: null };

const legal: [name: string, asks: CodeRequest[], took: GatewayRequest[], rows: DeliveryRow[]][] = [
  ['a message that went out', [ask], [took], [row]],
  ['a request that was cut off and recorded nothing', [{ ...ask, status: 0 }], [], []],
  ['a request that was cut off and went out', [{ ...ask, status: 0 }], [took], [row]],
  ['an unknown one that went out', [ask], [took], [{ ...row, state: 'unknown' }]],
  ['an unknown one that did not', [ask], [], [{ ...row, state: 'unknown' }]],
  ['one that was taken over', [ask], [{ ...took, by: 'two' }], [{ ...row, beganAt: 4500 }]],
  ['one that was dropped', [ask], [], [{ ...row, ...bare, state: 'dropped' }]],
  [
    'an unknown one that was asked for again',
    [ask, { ...ask, by: 'two' }],
    [took, { ...took, id: 'b', by: 'two' }],
    [
      { ...row, state: 'unknown' },
      { ...row, id: 'b' },
    ],
  ],
];
for (const [name, asks, got, rows] of legal) {
  test(`the delivery audit passes ${name}`, () => {
    const { duplicates: twice, lost, inconsistent: odd } = auditDeliveries(asks, got, rows);
    assert.deepEqual([twice, lost, odd], [[], [], []]);
  });
}

const planted: [name: string, asks: CodeRequest[], took: GatewayRequest[], rows: DeliveryRow[], found: RegExp][] = [
  ['a try sent twice', [ask], [took, took], [row], /twice: a was sent 2 times/],
  [
    'a second try that nobody asked for',
    [ask],
    [took, { ...took, id: 'b' }],
    [
      { ...row, state: 'unknown' },
      { ...row, id: 'b' },
    ],
    /twice: \+1 asked 1 times, got 2/,
  ],
  ['an acknowledged request without a row', [ask], [], [], /lost: \+1: 1 acknowledged, 0 rows/],
  ['a row that waits for good', [ask], [], [{ ...row, ...bare, state: 'waiting' }], /lost: .*waiting for good/],
  ['a row that is sending for good', [ask], [took], [{ ...row, state: 'sending' }], /lost: .*sending for good/],
  ['an accepted one that nobody got', [ask], [], [row], /lost: .*accepted by nobody/],
  ['a message without a row', [{ ...ask, status: 0 }], [took], [], /odd: a was sent, and has no row/],
  [
    'a message to another number',
    [ask, { ...ask, number: '+2' }],
    [{ ...took, number: '+2' }],
    [row],
    /odd: .*another number/,
  ],
  ['a message of a dropped row', [ask], [took], [{ ...row, ...bare, state: 'dropped' }], /odd: .*row says dropped/],
  [
    'two rows of one request',
    [ask],
    [took],
    [row, { ...row, id: 'b', state: 'unknown' }],
    /odd: \+1: asked 1 times, 2 rows/,
  ],
  [
    'a message sent within another’s lease',
    [ask],
    [{ ...took, by: 'two' }],
    [row],
    /odd: .*another process after 10 ms/,
  ],
];
for (const [name, asks, got, rows, found] of planted) {
  test(`the delivery audit finds ${name}`, () => {
    const { duplicates: twice, lost, inconsistent: odd } = auditDeliveries(asks, got, rows);
    assert.match(
      Object.entries({ twice, lost, odd })
        .flatMap(([kind, some]) => some.map((one) => `${kind}: ${one}`))
        .join('\n'),
      found,
    );
  });
}

test('what was begun after the lease counts as taken over', () => {
  const rows = [row, { ...row, id: 'b', number: '+2', beganAt: 4500 }];
  const asks = [ask, { ...ask, number: '+2' }];
  const { takenOver, states, unknown } = auditDeliveries(
    asks,
    [took, { ...took, id: 'b', number: '+2', by: 'two' }],
    rows,
  );
  assert.deepEqual(takenOver, [{ id: 'b', ms: 3500, byAnother: true }]);
  assert.deepEqual([states, unknown], [{ accepted: 2 }, { all: 0, arrived: 0 }]);
});
