// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are pieces of code
import type { Explained } from './mutant.ts';

/** The mutants that survive, each with its reason. */
export const explained: readonly Explained[] = [
  ...of('src/sessions/with-session.ts', '`parseToken` refuses a value that is not a string as well.', [
    ['token === undefined', 'false'],
  ]),
  ...of(
    'src/sessions/session.ts',
    'A prefix changes the bytes of the token, and the checksum refuses them. The pattern is checked first because it is cheaper.',
    [['/^vouch_[A-Za-z0-9_-]{69}[AQgw]$/', '/vouch_[A-Za-z0-9_-]{69}[AQgw]$/']],
  ),
  ...of('src/kit/device.ts', '`split` always returns a first part: the operator is for the compiler.', [
    ['userAgent.split(/[\\s/(]/, 1)[0]?.replace', 'userAgent.split(/[\\s/(]/, 1)[0].replace'],
  ]),
  ...of('src/sign-in/verify-code.ts', 'Null is not greater than 0 either: the comparison is for the compiler.', [
    ['wait === null', 'false'],
  ]),
  ...of('src/sign-in/verify-code.ts', 'They differ in one microsecond, which no test can hit.', [
    ['wait <= 0', 'wait < 0'],
  ]),
  ...of('src/limits/client-ip.ts', 'No IP address has a line break, so `.*` always reaches the end.', [
    ['/%.*$/', '/%.*/'],
  ]),
  ...of('src/limits/client-ip.ts', '`split` always returns a first part: the default is for the compiler.', [
    ["''", '"Stryker was here!"', "head = ''"],
  ]),
  ...of(
    'src/limits/client-ip.ts',
    'It changes the last groups of an IP address that ends in zeros. Keys and masks use the first four, and an IPv4-mapped address does not end in `::`.',
    [
      ["tail === ''", 'false'],
      ["''", '"Stryker was here!"', "tail === ''"],
      ['[]', '["Stryker was here"]', "tail === ''"],
      ['8 - headGroups.length', '8 + headGroups.length'],
    ],
  ),
  ...of('src/kit/phone-number.ts', 'The text has only digits and a plus by then, so nothing can be extracted.', [
    ['false', 'true', 'extract: false'],
  ]),
  ...of('src/kit/phone-number.ts', 'It ends a recursion that the current metadata of the library never causes.', [
    ["!text.startsWith('+') || number.number.length < text.length", 'true'],
    ["text.startsWith('+')", "text.endsWith('+')"],
    ['number.number.length < text.length', 'number.number.length <= text.length'],
  ]),
  ...of('src/kit/phone-number.ts', 'The library knows no country of another length than two letters.', [
    ['/^[a-z]{2}$/i', '/[a-z]{2}$/i'],
    ['/^[a-z]{2}$/i', '/^[a-z]{2}/i'],
  ]),
  ...of('src/kit/phone-number.ts', '`split` always returns a first part: the default is for the compiler.', [
    ["''", '"Stryker was here!"', "number = ''"],
  ]),
  ...of('src/sign-in/request-code.sql', 'Without counters none is picked or filled: the condition saves the calls.', [
    ['>', '>=', 'json_array_length(p_daily) > 0'],
  ]),
  ...of('src/sign-in/request-code.sql', 'A number without messages has no row to lock: a second look finds the same.', [
    ['or w.sent_at is null', 'or false'],
  ]),
  ...of('src/sign-in/request-code.sql', 'The row is then found by its conflict, and read again under its lock.', [
    ['sent_at := w.sent_at;', 'null;'],
  ]),
  ...of(
    'src/sign-in/request-code.sql',
    'Codes of known devices and test numbers keep their length in a spray, and a test number has no messages to count.',
    [
      ['0', '1', 'then vouch.failed_guesses(v_day) else 0 end'],
      ['p_is_test', 'false', 'v_length := case when p_is_test'],
    ],
  ),
  ...of('src/sign-in/request-code.sql', 'No message of a new challenge has been sent: the condition saves a look.', [
    ['c.id <> p_challenge_id or cardinality(c.earlier_ids) > 0', 'true'],
    ['>', '>=', 'cardinality(c.earlier_ids) > 0'],
  ]),
  ...of('src/sessions/session.sql', 'The look only saves the deletion, which finds no row then.', [
    ['where s.account_id = p_account_id offset p_max - 1', 'where true', 'limit 1'],
    ['limit 1', '', 'offset p_max - 1'],
    ['1', '2', 'limit 1'],
    ['not found', 'false'],
  ]),
  ...of('src/sessions/session.sql', 'A hash of 256 bits is of one session: the account names the shard of its row.', [
    ['where s.account_id = p_account_id', 'where true', 'perform from session s where'],
    ['where s.account_id = p_account_id', 'where true', 'update session s set last_used_at = p_now'],
    ['where s.account_id = p_account_ids[i]', 'where true'],
  ]),
  ...of(
    'src/sessions/session.sql',
    'Signing out deletes the session that it touches, and its own device stays trusted.',
    [["p_which <> 'this'", 'true']],
  ),
  ...of(
    'src/sessions/trusted-device.sql',
    'Without hashes, and with a new one, the look finds nothing: it is only saved.',
    [
      ['>', '>=', 'cardinality(p_hashes) > 0'],
      ['>', '>=', 'cardinality(p_hashes) > 1'],
    ],
  ),
  ...of('src/sessions/trusted-device.sql', '`select into` takes the first row in any case.', [
    ['limit 1', '', 'v_since limit 1'],
    ['1', '2', 'v_since limit 1'],
  ]),
  ...of('src/sessions/trusted-device.sql', 'The look only saves the deletion, which finds no row then.', [
    ['where d.account_id = p_account_id offset p_max', 'where true', 'limit 1'],
    ['limit 1', '', 'offset p_max'],
    ['1', '2', 'offset p_max limit 1'],
    ['found', 'true'],
  ]),
  ...of('src/deliveries/attempt.sql', 'An id is of one message: the number names the shard of its row.', [
    ['where d.phone_number = p_phone_numbers[i]', 'where true'],
    ['where d.phone_number = p_phone_number', 'where true'],
  ]),
  ...of('src/deliveries/cleanup.sql', 'An id is of one message: the number names the shard of its row.', [
    ['where d.phone_number = p_phone_number', 'where true'],
  ]),
  ...of('src/deliveries/delivery.sql', 'Without messages there is nothing to put back: it saves the looks.', [
    ['v_taken is null', 'false'],
    ['return;', 'null;', 'return;'],
  ]),
  ...of('src/deliveries/day.sql', 'A look that finds one message is enough.', [
    ['limit 1', '', 'd.id < v_next limit 1'],
    ['1', '2', 'd.id < v_next limit 1'],
  ]),
  ...of(
    'src/profile/own-data.sql',
    'It matters if the account is erased in the microseconds after its session was found.',
    [
      ['v_phone_number is null', 'false'],
      ['return;', 'null;'],
    ],
  ),
  ...of('src/deliveries/delivery.sql', 'No message has a reference that is null: it saves the call.', [
    ['v_reference is null', 'false'],
  ]),
  ...of('src/invites/invite.sql', 'A page of no people is empty in any case: the condition saves the look.', [
    ['p_count > 0', 'true'],
    ['>', '>=', 'case when p_count > 0'],
  ]),
  ...of('src/invites/invite.sql', '`select into` takes the first row in any case.', [
    ['limit 1', '', 'from legacy_code'],
    ['1', '2', 'from legacy_code'],
  ]),
  ...of('src/invites/redeem.sql', 'Without guests a person is nobody’s root: the condition saves the look.', [
    ['me.invited_count > 0', 'true'],
    ['>', '>=', 'v_root := case when me.invited_count > 0'],
  ]),
  ...of('src/invites/redeem.sql', 'No account has no live session: it saves the look.', [
    ['p_account_id is null', 'false'],
    ['return;', 'null;'],
  ]),
  ...of('src/invites/redeem.sql', 'A null id has no row, so that no check fails: it saves the look.', [
    ['where o.id is not null', 'where true'],
  ]),
  ...of(
    'src/invites/redeem.sql',
    'It matters if the account is erased in the microseconds after its session was found.',
    [['alive := me.phone_number is not null;', 'null;']],
  ),
  ...of('src/profile/profile.sql', 'Without guests the page is empty: the condition saves the look.', [
    ['invited_count > 0', 'true'],
    ['>', '>=', 'invited := case when invited_count > 0'],
  ]),
  ...of('src/profile/profile.sql', '`touch_session` looks at the time again: it spares most reads the call.', [
    ['-', '+', 'is_touch_due := v_last_used_at'],
  ]),
  ...of(
    'src/profile/profile.sql',
    'It matters at a standby, which can write nothing: `test/replicas.test.ts` has two, and the mutants run beside none.',
    [
      ['is_touch_due and not pg_is_in_recovery()', 'true'],
      ['and', 'or', 'is_touch_due and not pg_is_in_recovery()'],
      ['and not pg_is_in_recovery()', 'and true'],
    ],
  ),
  ...of('src/accounts/number-account.sql', 'A proven number is written as it is: the condition saves the write.', [
    ['was_unproven', 'true', 'if was_unproven then'],
  ]),
  ...of('src/invites/invite.sql', 'A power of 27 is no multiple of 100: both sides are never the same.', [
    ['>=', '>', 'p_table_bytes / 52'],
  ]),
  ...of('src/deliveries/receipt.sql', 'An id is of one message: the number names the shard of its row.', [
    ['where d.phone_number = p_phone_number', 'where true'],
  ]),
  ...of('src/deliveries/receipt.sql', 'Nothing follows it, and null is no news either.', [
    ['is_new := false;', 'null;'],
    ['return;', 'null;'],
  ]),
  ...of('src/deliveries/early-receipt.sql', 'A reference without a receipt of the provider is passed over.', [
    ['where e.provider = p_provider', 'where true', 'select array_agg'],
  ]),
  ...of(
    'src/deliveries/early-receipt.sql',
    'Without receipts there is none to apply or to delete: it saves the looks.',
    [
      ['v_references is null', 'false'],
      ['return;', 'null;'],
    ],
  ),
  ...of('src/deliveries/message-state.sql', '`select into` takes the first row in any case.', [
    ['limit 1', ''],
    ['1', '2', 'limit 1'],
  ]),
  ...of(
    'src/deliveries/takeover.sql',
    '`take_over` looks at the lease again, and messages whose lease has ended come first.',
    [
      ['where d.leased_until < p_now', 'where true', 'order by d.leased_until limit p_max'],
      ['<', '<=', 'order by d.leased_until limit p_max'],
    ],
  ),
  ...of('src/routing/breaker.sql', 'A probe that ends at the present is set to the present.', [
    ['>', '>=', 'b.open_until > p_now'],
  ]),
  ...of('src/db/standby.sql', 'The identity of a server has to be its own, whatever it is.', [
    ['*', '/', 'pg_postmaster_start_time'],
    ['1000000', '1000001', 'pg_postmaster_start_time'],
  ]),
  ...of('src/db/standby.sql', 'The ninth digit of the name of a WAL file changes once in an exabyte.', [
    ['8', '9', 'pg_walfile_name'],
  ]),
  ...of(
    'src/sign-in/cleanup.sql',
    'It decides which rows are deleted first; the next batch deletes the others, a minute later at most.',
    [['1', '2', 'order by c.sent_at[1]']],
  ),
  ...of(
    'src/limits/number-cleanup.sql',
    'It decides which rows are deleted first; the next batch deletes the others, a minute later at most.',
    [['1', '2', 'order by l.sent_at[1]']],
  ),
  ...of('src/sign-in/count-guess.sql', '`select into` takes the first row in any case.', [
    ['limit 1', ''],
    ['1', '2', 'limit 1'],
  ]),
  ...of('src/sign-in/count-guess.sql', 'The loop looks again in any case: the lock only saves turns.', [
    ['for update', '', 'o.asker = c.asker for update'],
  ]),
  ...of('src/sign-in/count-guess.sql', 'To take back no guess changes nothing.', [
    ['p_guesses > 0', 'true'],
    ['>', '>=', 'if p_guesses > 0 then'],
  ]),
  ...of('src/sign-in/sign-in.sql', 'The first is a new token at random, which no account trusts.', [
    ['[2:]', '', 'v_known bytea[]'],
  ]),
  ...of(
    'src/sign-in/sign-in.sql',
    'A new account has no session to end, and nobody has one without a hash: the conditions save a look.',
    [
      ['p_is_new_account', 'false', 'ended := case when p_is_new_account'],
      ['v_previous is not null', 'true', 'if v_previous is not null'],
    ],
  ),
  ...of('src/sign-in/challenge.sql', 'No code is longer than the greatest length: the condition saves a look.', [
    ['or p_usual >= vouch.max_code_length()', 'or false'],
    ['>=', '>', 'p_usual >= vouch.max_code_length()'],
  ]),
  ...of(
    'src/sign-in/challenge.sql',
    'Without any challenge there is room for each code, with one guess more or those of both lanes as well.',
    [
      ['0', '1', 'else 0 end), 0),'],
      ['false', 'true', 'coalesce(bool_or('],
    ],
  ),
  ...of(
    'src/sign-in/challenge.sql',
    'The insertion before it waits for the same row. The lock matters if another request comes in the microseconds between.',
    [['true', 'false', 'w := vouch.challenge_waits(']],
  ),
  ...of('src/sign-in/challenge.sql', 'A code that ended exactly then gets the time that it has.', [
    ['>', '>=', 'c.expires_at > v_expires_at'],
  ]),
  ...of('src/limits/rate-limit.sql', 'Every request has a bucket, whose unit decides.', [
    ['is_allowed := true;', 'null;'],
    ['true', 'false', 'is_allowed := true;'],
  ]),
  ...of('src/limits/rate-limit.sql', 'The insertion finds the row as a conflict: the condition saves its attempt.', [
    ['not found', 'true'],
  ]),
  ...of(
    'src/limits/rate-limit.sql',
    'The insertion before it waits for the same row. The lock matters if a third request comes in the microseconds between.',
    [['for update', '']],
  ),
  ...of(
    'src/limits/refusal.sql',
    'The insertion looks at the time again: the look before it saves the lock of the row.',
    [
      ['perform from refusal r where r.ending = p_ending and r.bucket = p_bucket and r.last_at > v_ago;', 'null;'],
      ['found', 'false'],
      ['return;', 'null;'],
    ],
  ),
  ...of('src/oidc/record.sql', 'No account has no live session: the condition saves the look.', [
    ['g.key is null', 'false', 'if g.key is null'],
  ]),
  ...of('src/sign-in/own-challenge.sql', 'A challenge that ends at the present is set to the present.', [
    ['>', '>=', 'o.used_at is null and o.expires_at > p_now;'],
  ]),
  ...of('src/limits/daily.sql', '`select into` takes the first row in any case.', [
    ['limit 1', ''],
    ['1', '2', 'limit 1'],
  ]),
];

/** One reason for some changes of a file, each with a part of its line where that is needed to tell it. */
function of(
  file: string,
  why: string,
  changes: readonly (readonly [from: string, to: string, within?: string])[],
): Explained[] {
  return changes.map(([from, to, within]) => ({ file, from, to, why, ...(within === undefined ? {} : { within }) }));
}
