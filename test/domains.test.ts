import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from './support/harness.ts';

const app = await openApp();

const bytes = (count: number) => `decode(repeat('00', ${count}), 'hex')`;
const array = (item: string, count: number, type: string) => `array_fill(${item}, array[${count}])::${type}[]`;
const times = (count: number) => array('now()', count, 'timestamptz');
const word = (length: number) => `repeat('B', ${length})`;

/** For each domain the values at its bounds, and those beyond. */
const values: Record<string, { fit: string[]; unfit: string[] }> = {
  sha256_hash: { fit: [bytes(32)], unfit: [bytes(31), bytes(33), bytes(0)] },
  non_negative: { fit: ['0', '2147483647'], unfit: ['-1'] },
  invite_code_text: {
    fit: [word(6), word(9), "'BBBBB1'", "'bbbbbb'"],
    unfit: [word(5), word(10), "'BBBBBB1'", "'BBBBB-'", "E'BBBBBB\\n'"],
  },
  e164_number: { fit: ["'+12'", "'+123456789012345'"], unfit: ["'+1'", "'+1234567890123456'", "'12'", "'+02'"] },
  name_skeletons: {
    fit: [array("''::text", 3, 'text')],
    unfit: [2, 4].map((count) => array("''::text", count, 'text')),
  },
  external_id_text: { fit: [word(1), word(200)], unfit: ["''", word(201)] },
  person_name: { fit: [word(1), word(150)], unfit: ["''", word(151)] },
  email_address: { fit: [word(3), word(254)], unfit: [word(2), word(255)] },
  device_trust: { fit: ["'unknown_device'", "'known_device'"], unfit: ["'trusted'", "''"] },
  message_times: { fit: [times(1), times(10)], unfit: [times(0), times(11)] },
  guess_times: { fit: [times(0), times(20)], unfit: [times(21)] },
  guess_count: { fit: ['0', '5'], unfit: ['-1', '6'] },
  earlier_challenges: {
    fit: [0, 19].map((count) => array('gen_random_uuid()', count, 'uuid')),
    unfit: [array('gen_random_uuid()', 20, 'uuid')],
  },
  code_digits: { fit: ['4', '8'], unfit: ['3', '9'] },
  attempt_number: { fit: ['1', '20'], unfit: ['0', '21'] },
  delivery_state: {
    fit: ['waiting', 'sending', 'accepted', 'delivered', 'failed', 'unknown', 'dropped'].map((state) => `'${state}'`),
    unfit: ["'sent'", "''"],
  },
  block_kind: { fit: ["'number'", "'network'"], unfit: ["'person'", "''"] },
  audit_event_name: { fit: ["'signed_in'", "'operator_act'"], unfit: ["'signed'", "''"] },
  audit_actor: { fit: ["'person'", "'command_line'"], unfit: ["'root'", "''"] },
  operator_role: { fit: ["'viewer'", "'owner'"], unfit: ["'root'", "''"] },
  audit_result: { fit: ["'succeeded'", "'failed'", "'refused'"], unfit: ["'ok'", "''"] },
};

test('each domain takes the values at its bounds, and none beyond', async () => {
  const domains = await app.sql`select typname as name from pg_type
    where typtype = 'd' and typnamespace = 'public'::regnamespace order by 1`;
  assert.deepEqual(
    domains.map(({ name }) => name),
    Object.keys(values).sort(),
  );
  for (const [domain, { fit, unfit }] of Object.entries(values)) {
    for (const value of fit) await app.sql.unsafe(`select (${value})::${domain}`);
    for (const value of unfit) {
      await assert.rejects(app.sql.unsafe(`select (${value})::${domain}`), { code: '23514' }, `${domain}: ${value}`);
    }
  }
});

test('the columns that a sign-in writes have the rules of their domains', async () => {
  const rows = await app.sql`select table_name || '.' || column_name as name, domain_name as domain
    from information_schema.columns where domain_schema = 'public' and table_schema = 'public'
      and table_name in ('account', 'audit_event', 'challenge', 'delivery', 'invite', 'number_limit', 'session',
        'trusted_device')`;
  assert.deepEqual(Object.fromEntries(rows.map(({ name, domain }) => [name, domain])), {
    'account.phone_number': 'e164_number',
    'account.username': 'person_name',
    'account.username_keys': 'name_skeletons',
    'account.first_name': 'person_name',
    'account.last_name': 'person_name',
    'account.email': 'email_address',
    'audit_event.actor': 'audit_actor',
    'account.external_id': 'external_id_text',
    'audit_event.event': 'audit_event_name',
    'audit_event.result': 'audit_result',
    'challenge.asker': 'sha256_hash',
    'challenge.code_length': 'code_digits',
    'challenge.device_trust': 'device_trust',
    'challenge.earlier_ids': 'earlier_challenges',
    'challenge.guessed_at': 'guess_times',
    'challenge.guesses': 'guess_count',
    'challenge.network_guesses': 'guess_count',
    'challenge.proof': 'sha256_hash',
    'challenge.sent_at': 'message_times',
    'delivery.attempt': 'attempt_number',
    'delivery.state': 'delivery_state',
    'invite.code': 'invite_code_text',
    'invite.redeemed_code': 'invite_code_text',
    'invite.invited_count': 'non_negative',
    'number_limit.device_trust': 'device_trust',
    'number_limit.failures': 'non_negative',
    'number_limit.sent_at': 'message_times',
    'session.secret_hash': 'sha256_hash',
    'trusted_device.secret_hash': 'sha256_hash',
  });
});
