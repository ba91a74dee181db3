import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFictional } from '../src/sms/reserved.ts';

/** Rows as their regulators write them, but in E.164; a single number is its own last. */
const rows: [title: string, first: string, last?: string][] = [
  ...['113', '114', '115', '116', '117', '118', '121', '131', '141', '151', '161'].map(
    (area): [string, string, string] => [`GB 0${area}`, `+44${area}4960000`, `+44${area}4960999`],
  ),
  ['GB Tyneside', '+441914980000', '+441914980999'],
  ['GB London', '+442079460000', '+442079460999'],
  ['GB Northern Ireland', '+442896496000', '+442896496999'],
  ['GB Cardiff', '+442920180000', '+442920180999'],
  ['GB nowhere', '+441632960000', '+441632960999'],
  ['GB wide', '+443069990000', '+443069990999'],
  ['GB mobile', '+447700900000', '+447700900999'],
  ['GB freephone', '+448081570000', '+448081570999'],
  ['GB premium rate', '+449098790000', '+449098790999'],
  ['New York', '+12125550100', '+12125550199'],
  ['Toronto', '+14165550100', '+14165550199'],
  ['Hawaii', '+18085550100', '+18085550199'],
  ['toll-free 800', '+18005550199'],
  ['toll-free 888', '+18885550199'],
  ['FR Paris', '+33199000000', '+33199009999'],
  ['FR north-west', '+33261910000', '+33261919999'],
  ['FR north-east', '+33353010000', '+33353019999'],
  ['FR south-east', '+33465710000', '+33465719999'],
  ['FR south-west', '+33536490000', '+33536499999'],
  ['FR mobile', '+33639980000', '+33639989999'],
  ['IE', '+353209100000', '+353209199999'],
  ...['2', '3', '7', '8'].flatMap((area): [string, string, string][] => [
    [`AU 0${area} 5550`, `+61${area}55500000`, `+61${area}55509999`],
    [`AU 0${area} 7010`, `+61${area}70100000`, `+61${area}70109999`],
  ]),
  ...['570006', '570110', '570313', '570737', '573770', '573087', '579760', '579455'].map((one): [string, string] => [
    'AU mobile',
    `+61491${one}`,
  ]),
  ['AU mobile', '+61491570156', '+61491570159'],
  ['AU freephone', '+611800160401'],
  ['AU freephone', '+611800975707', '+611800975711'],
  ['AU local rate', '+611300975707', '+611300975711'],
  ['SE mobile', '+46701740605', '+46701740699'],
  ['SE Gothenburg', '+46313900600', '+46313900699'],
  ['SE Malmö', '+46406280400', '+46406280499'],
  ['SE Stockholm', '+46846500400', '+46846500499'],
  ['SE Kiruna', '+46980319200', '+46980319299'],
  ['DE Berlin', '+493023125000', '+493023125999'],
  ['DE Hamburg', '+494066969000', '+494066969999'],
  ['DE Frankfurt', '+496990009000', '+496990009999'],
  ['DE Munich', '+498999998000', '+498999998999'],
  ['DE Cologne', '+492214710000', '+492214710999'],
  ...['5228817386', '5228895456', '5254599371', '729925904', '729968532', '729980752', '749091317', '749464308'].map(
    (one): [string, string] => ['DE mobile', `+491${one}`],
  ),
  ['DE mobile', '+491713920000', '+491713920099'],
  ['DE mobile', '+491729973185', '+491729973186'],
  ['DE mobile', '+4917604069000', '+4917604069099'],
];

for (const [title, first, last = first] of rows) {
  test(`${title}: from ${first} to ${last}, and not one more`, () => {
    const found = [next(first, -1n), first, last, next(last, 1n)].map((number) => isFictional(number));
    assert.deepEqual(found, [false, true, true, false]);
    assert.equal(isFictional(`${first}0`), false, 'one digit more is another number');
    assert.equal(isFictional(first.slice(0, -1)), false, 'one digit less is another number');
    assert.equal(isFictional(first.slice(1)), false, 'without its plus it is not E.164');
  });
}

test('numbers of people, and what is no number, are not fictional', () => {
  const others = [
    '+79161234567',
    '+12125551212',
    '+12125550200',
    '+19115550100',
    '+11115550100',
    '+18005550100',
    '+442890180000',
  ];
  for (const one of [...others, '', '+', '+44', '+44770090012x', '+447700 900123', '+447700900123\n', 'NaN']) {
    assert.equal(isFictional(one), false, one);
  }
});

function next(number: string, step: bigint): string {
  return `+${BigInt(number.slice(1)) + step}`;
}
