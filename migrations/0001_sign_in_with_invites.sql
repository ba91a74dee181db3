-- Columns with a rule of their own have a domain: PostgreSQL prepares its rule once a session, and that of a table anew for
-- each statement that writes to the table (docs/performance.md). Keys by which the tables can be distributed have none.
create domain sha256_hash as bytea check (octet_length(value) = 32);
create domain non_negative as integer check (value >= 0);
-- A code of ours, or one of an earlier system (src/transfer/), which is case-sensitive.
create domain invite_code_text as text
  check (value ~ '^([23456789BCDFGHJKMNPQRSTVWXZ]{6,9}|[0-9A-Za-z]{6})$');
create domain e164_number as text check (value ~ '^\+[1-9][0-9]{1,14}$');
create domain name_skeletons as text[] check (cardinality(value) = 3);
create domain person_name as text check (char_length(value) between 1 and 150);
create domain external_id_text as text check (char_length(value) between 1 and 200);
create domain email_address as text check (char_length(value) between 3 and 254);
create domain device_trust as text check (value in ('unknown_device', 'known_device'));
create domain message_times as timestamptz[] check (cardinality(value) between 1 and 10);
create domain guess_times as timestamptz[] check (cardinality(value) <= 20);
create domain guess_count as smallint check (value between 0 and 5);
create domain earlier_challenges as uuid[] check (cardinality(value) < 20);
create domain code_digits as smallint check (value between 4 and 8);
create domain attempt_number as smallint check (value between 1 and 20);
create domain delivery_state as text
  check (value in ('waiting', 'sending', 'accepted', 'delivered', 'failed', 'unknown', 'dropped'));
create domain block_kind as text check (value in ('number', 'account', 'prefix', 'country', 'network'));
create domain audit_event_name as text check (value in ('signed_in', 'signed_out', 'sessions_ended', 'profile_changed',
  'invite_redeemed', 'account_erased', 'number_verified', 'test_message_sent', 'backup_made', 'backup_restored',
  'operator_act'));
create domain operator_role as text check (value in ('viewer', 'support', 'admin', 'owner'));
create domain audit_result as text check (value in ('succeeded', 'failed', 'refused'));
create domain audit_actor as text check (value in ('person', 'operator', 'key', 'command_line'));

-- Tables have one of three groups, and the first column of each primary key is the key of its group: a phone number, an
-- account, or a value of its own. No other constraint spans keys, so that each group can be distributed by its key:
-- docs/decisions/042-one-key-a-table.md. Whatever has to be unique is a row that its primary key decides.

-- The account of each number. The column of `account` has the rule of its form. An imported number is unproven until its
-- first sign-in here.
create table number_account (
  phone_number text primary key,
  account_id uuid not null,
  unproven_since timestamptz
);

-- The owner of each invite code, whose form is a rule of `invite`. Codes of erased accounts stay, so that nobody else gets
-- one.
create table invite_code (
  account_id uuid not null,
  code text primary key
);

-- The codes of an earlier system, which stay valid: `code` is case-sensitive, and `folded` is the same in capitals, by which
-- it is found beside ours. A code that could be one of ours has a row of `invite_code` too, so that nobody else gets it.
create table legacy_code (
  folded text not null,
  code text not null check (code ~ '^[0-9A-Za-z]{6}$' and upper(code) = folded),
  account_id uuid not null,
  primary key (folded, code)
);

-- The owner of each user name, e-mail address and external id: three skeletons of a user name (UTS 39,
-- src/profile/username.ts), the key of an address (src/profile/email.ts), the id in an earlier system, each after its kind
-- and a colon.
create table reserved_name (
  key text primary key,
  account_id uuid not null
);

-- The invite of each account, and the inviter whose code it redeemed, with this code. A row outlives its account, so that the
-- counts of other accounts stay correct, and identifies nobody. The trigger allows one redemption, the check forbids one's
-- own code, and `vouch.redeem` of src/invites/redeem.sql prevents circles.
create table invite (
  account_id uuid primary key,
  code invite_code_text not null,
  inviter_id uuid,
  redeemed_code invite_code_text,
  redeemed_at timestamptz,
  invited_count non_negative not null default 0,
  -- An operator has closed the code, and can open it again; `closed_at` is the erasure of the account.
  stopped_at timestamptz,
  closed_at timestamptz,
  constraint never_ones_own check (inviter_id <> account_id),
  check (num_nulls(inviter_id, redeemed_code, redeemed_at) in (0, 3))
);

-- The most active inviters; a new invite has no row in it.
create index invite_by_count on invite (invited_count) where invited_count > 0;

create function refuse_second_redemption() returns trigger language plpgsql as $$
begin
  raise exception 'an invite is redeemed once' using errcode = 'integrity_constraint_violation';
end $$;
create trigger redeemed_once before update of inviter_id on invite
  for each row when (old.inviter_id is not null and new.inviter_id is distinct from old.inviter_id)
  execute function refuse_second_redemption();

-- The people who redeemed the code of an account and still have theirs, as its owner sees them.
create table guest (
  inviter_id uuid not null references invite,
  account_id uuid not null,
  redeemed_at timestamptz not null,
  phone_number text not null,
  first_name person_name,
  primary key (inviter_id, account_id)
);
create index guest_by_time on guest (inviter_id, redeemed_at desc, account_id desc);

-- Pairs of a number and an inviter that have counted, kept after the erasure of the account: a keyed hash, which reveals
-- neither. The same number does not count again for the same inviter.
create table counted_invite (
  pair_hash bytea primary key check (octet_length(pair_hash) = 32),
  erased_at timestamptz not null
);
create index counted_invite_by_end on counted_invite (erased_at);

-- `username_keys`, `email_key` and `external_id` are the reservations of an account: `reserved_name`. `import_hash` tells a
-- row that was imported before from one that has changed since: src/transfer/.
create table account (
  id uuid primary key references invite,
  phone_number e164_number not null,
  username person_name,
  username_keys name_skeletons,
  first_name person_name,
  last_name person_name,
  email email_address,
  email_key text,
  created_at timestamptz not null,
  external_id external_id_text,
  import_hash bigint,
  check ((username is null) = (username_keys is null)),
  check ((email is null) = (email_key is null))
);

-- Devices on which the account signed in within a year. They have limits of their own, which strangers cannot use up.
create table trusted_device (
  account_id uuid not null references account on delete cascade,
  secret_hash sha256_hash not null,
  last_used_at timestamptz not null,
  primary key (account_id, secret_hash)
);
create index trusted_device_by_last_use on trusted_device (last_used_at);

-- Sessions. The secret of a token is stored only as its SHA-256. The erasure of an account deletes its sessions. `id` is
-- random and has no index: the primary key finds the few sessions of an account.
create table session (
  account_id uuid not null references account on delete cascade,
  secret_hash sha256_hash not null,
  id uuid not null,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  expires_at timestamptz not null,
  device text not null,
  address text not null,
  -- The device on which it was opened. Not a foreign key: the trust may end before the session.
  trusted_device bytea,
  primary key (account_id, secret_hash)
);
create index session_by_end on session (expires_at);
create index session_by_last_use on session (last_used_at);

-- The tokens of an earlier system, which go on working: the SHA-256 of a token finds its account, and a row of `session` with
-- the same hash lives and ends as any other. A row outlives its session, so that no later import revives a token.
create table legacy_token (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  account_id uuid not null,
  expires_at timestamptz not null
);
create index legacy_token_by_end on legacy_token (expires_at);

-- The limits that all askers of a number share, one row for each device trust: the times of its messages, newest first, and
-- the wrong guesses since its last sign-in (NIST SP 800-63B-4, 3.2.2).
create table number_limit (
  phone_number text not null,
  device_trust device_trust not null,
  sent_at message_times not null,
  failures non_negative not null default 0,
  primary key (phone_number, device_trust)
);
create index number_limit_by_last_sending on number_limit ((sent_at[1]));

-- The newest challenge of each asker of a number, with the asker's own messages and guesses. `asker` is the SHA-256 of the
-- challenge token. A client network without a token has a token that is derived from it, and guesses of its own
-- (`network_guesses`), so that its other users cannot spend those of the token. The code is not stored: it is derived, and
-- `proof` is a keyed hash of the number and the code, by which a guess is judged: docs/decisions/002-codes-derived-not-stored.md.
-- `earlier_ids` are the used challenges whose expiry and guesses this one inherited.
create table challenge (
  phone_number text not null,
  device_trust device_trust not null,
  asker sha256_hash not null,
  id uuid not null,
  key_id text not null,
  code_length code_digits not null,
  proof sha256_hash not null,
  expires_at timestamptz not null,
  is_of_network boolean not null,
  guesses guess_count not null default 0,
  network_guesses guess_count not null default 0,
  used_at timestamptz,
  sent_at message_times not null,
  guessed_at guess_times not null default '{}',
  earlier_ids earlier_challenges not null default '{}',
  primary key (phone_number, device_trust, asker),
  check (guesses + network_guesses <= 9)
);
create index challenge_by_last_sending on challenge ((sent_at[1]));

-- Rate limits as leaky buckets (GCRA, ITU-T I.371), one row for each key: `tat` is the theoretical arrival time, at which
-- the bucket is full again.
create table rate_limit (
  key text primary key,
  tat timestamptz not null
);
create index rate_limit_by_tat on rate_limit (tat);

-- Messages and money of a UTC day, in total and by country. `scope` is a unit and a country, as `messages:*` or
-- `EUR:RU`. A large maximum is spread over shards, so that requests do not wait for one row. The scope `default` holds
-- the default maximum of the day, computed once from the preceding days.
create table daily_count (
  day date not null,
  scope text not null,
  shard smallint not null,
  amount bigint not null check (amount >= 0),
  primary key (day, scope, shard)
);

-- Attempts to send a message, one row each. Neither code nor text is stored: both are composed when it is sent.
-- `state`: waiting → sending → accepted → delivered or failed. `unknown`: it may have been sent. `dropped`: it was not
-- sent, on purpose. After `leased_until` another process takes over a waiting message, and a sending one becomes unknown.
-- The first 48 bits of `id` are the milliseconds of `requested_at`, and each day of UTC is a partition, which a process
-- makes and drops (src/deliveries/day.sql). A statement on this table bounds the id: docs/decisions/041-deliveries-by-day.md.
create table delivery (
  id uuid not null,
  attempt attempt_number not null,
  challenge_id uuid not null,
  key_id text not null,
  code_length smallint not null,
  -- Empty for a message to a person who is erased.
  phone_number text not null,
  country text not null,
  prefix text not null,
  language text not null,
  state delivery_state not null,
  channel text not null,
  provider text not null,
  segments smallint,
  price bigint,
  currency text,
  requested_at timestamptz not null,
  useful_until timestamptz not null,
  leased_until timestamptz,
  sent_at timestamptz,
  accepted_at timestamptz,
  delivered_at timestamptz,
  failed_at timestamptz,
  completed_at timestamptz,
  is_repeat boolean not null,
  error text,
  reason text,
  reference text,
  -- A keyed hash of the client network, for the detection of silent failures; deleted with the account.
  client_network text,
  primary key (phone_number, id),
  check ((state in ('waiting', 'sending')) = (leased_until is not null))
) partition by range (id);
create index delivery_by_lease on delivery (leased_until) where leased_until is not null;
create index delivery_by_route on delivery (provider, country, requested_at);
-- The newest messages for operators, without sorting a day of them. Not an index of the id: the generic plans of a sign-in would
-- read it over a range of ids instead of the primary key (docs/decisions/041-deliveries-by-day.md).
create index delivery_by_age on delivery (uuid_send(id));
-- Ids outside of all days, so that a message is recorded whichever partitions there are.
create table delivery_rest partition of delivery default;

-- The message of each reference of a provider, for as long as its receipts are applied. Several messages may have one.
create table message_reference (
  reference text not null,
  provider text not null,
  id uuid not null,
  -- Empty for a message to a person who is erased.
  phone_number text not null,
  recorded_at timestamptz not null,
  primary key (reference, provider, id)
);
create index message_reference_by_time on message_reference (recorded_at);

-- Receipts that arrived before the reference of their message was recorded.
create table early_receipt (
  provider text not null,
  reference text not null,
  state text not null check (state in ('delivered', 'failed')),
  reason text,
  received_at timestamptz not null,
  primary key (provider, reference, state)
);

-- Requests and guesses that a limit refused, for the operator; no rule reads them. One row for each `bucket`: a number
-- and a rule, or a client network and the last two digits of the number. So a flood cannot create many rows: a newer
-- number replaces an older one. All refusals of a number have its last two digits, `ending`.
create table refusal (
  ending text not null,
  bucket text not null,
  phone_number text not null,
  rule text not null,
  times integer not null check (times > 0),
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (ending, bucket)
);
create index refusal_by_number on refusal (phone_number);
create index refusal_by_last on refusal (last_at);

-- Blocks by operators: of a number, an account (by its id), a prefix of numbers, a country (ISO 3166-1) or a client network
-- (CIDR), until `ends_at` or for good. `key` is the kind and the part of the value that every blocked request shares, as
-- `prefix:7` (src/blocks/block.sql). `refused_count` is a lower bound under a flood.
create table block (
  key text not null,
  value text not null,
  -- Ordered by time.
  id uuid not null,
  kind block_kind not null,
  reason text not null,
  created_at timestamptz not null,
  created_by text not null,
  ends_at timestamptz,
  refused_count bigint not null default 0,
  last_refused_at timestamptz,
  primary key (key, value),
  check (starts_with(key, kind || ':'))
);
create index block_by_id on block (id);
create index block_by_end on block (ends_at) where ends_at is not null;

-- Circuit breakers of providers that failed lately, shared by all processes. Open until `open_until`.
create table breaker (
  provider text primary key,
  failures integer not null check (failures >= 0),
  openings integer not null default 0,
  open_until timestamptz,
  changed_at timestamptz not null,
  reason text not null
);

-- The audit trail (OWASP ASVS 16.3), one row for each security event. It outlives the account, and has its id and a
-- masked number; an event without an account has the nil id (RFC 9562, 5.9). The command line has no client IP, and `device`
-- is the name in the operating system. `details` are texts of ours, never of a client. `actor_id` is the account of an
-- operator, the id of an API key, or the name in the operating system; a person is the account itself. Of an act (`act`, a key
-- of `acts` in src/operators/act.ts) the row has the role, the target, the reason, and the values before and after, of which
-- personal ones are keyed hashes. `xid` is the transaction that wrote the row: src/audit/seal.sql.
create table audit_event (
  account_id uuid not null default '00000000-0000-0000-0000-000000000000',
  at timestamptz not null,
  id bigint generated always as identity,
  event audit_event_name not null,
  result audit_result not null,
  number text,
  client_ip text,
  device text not null,
  details text,
  actor audit_actor not null default 'person',
  actor_id text,
  role text,
  act text,
  target text,
  reason text,
  before json,
  after json,
  -- The id of the session that the event opened, and those of the sessions that it ended.
  session_id uuid,
  ended_sessions json,
  xid xid8 not null default pg_current_xact_id(),
  primary key (account_id, at, id),
  check ((event = 'operator_act') = (act is not null)),
  check ((actor = 'person') = (actor_id is null))
) partition by range (at);
create index audit_event_by_time on audit_event (at, id);
create index audit_event_by_transaction on audit_event (xid, id);
-- Times outside of all months, so that an event is recorded whichever partitions there are: src/audit/month.sql.
create table audit_event_rest partition of audit_event default;

-- The seals of the audit trail, a chain of hashes for each month of UTC. A seal covers some rows: `ids` in their order,
-- `digests` the first 16 bytes of the SHA-256 of each, from `first_at` to `last_at`. `hash` covers these and the hash of the
-- seal before, `previous`; `mac` is a keyed hash of it.
create table audit_seal (
  month date not null,
  number bigint not null,
  ids bigint[] not null,
  digests bytea not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  sealed_at timestamptz not null,
  previous sha256_hash not null,
  hash sha256_hash not null,
  key_id text not null,
  mac sha256_hash not null,
  primary key (month, number)
);

-- The newest seal of each month, so that its removal is found.
create table audit_month (
  month date primary key,
  seals bigint not null,
  hash sha256_hash not null,
  mac sha256_hash not null
);

-- The place up to which rows are sealed, in the order of their transactions in this cluster (`system`). Rows up to the id
-- `from_id` were written in another cluster, whose numbers of transactions mean nothing here, and are sealed.
create table audit_position (
  name text primary key,
  system text not null,
  after_xid xid8 not null,
  after_id bigint not null,
  from_id bigint not null,
  sealed_at timestamptz not null
);

-- Audit rows are never changed, and deleted only with their whole month.
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('vouch_audit.dropped_month', true) = to_char(old.at at time zone 'utc', 'YYYY-MM') then
    return old;
  end if;
  raise exception 'the audit trail is append-only' using errcode = 'integrity_constraint_violation';
end $$;
create trigger append_only before update or delete on audit_event
  for each row execute function refuse_audit_change();

-- API keys. A key has at most two valid secrets, each stored as its SHA-256 only: the present one until `expires_at`, and the
-- one before it until `previous_until`. A revoked key stays, since the audit trail names its id.
create table api_key (
  id text primary key,
  name text not null check (char_length(name) between 1 and 100),
  secret_hash sha256_hash not null,
  previous_hash sha256_hash,
  previous_until timestamptz,
  scopes text[] not null check (cardinality(scopes) > 0),
  -- Networks in CIDR notation from which it may be used; none means all.
  networks text[] not null,
  requests_per_minute integer not null check (requests_per_minute > 0),
  lifetime_days integer not null check (lifetime_days > 0),
  created_at timestamptz not null,
  created_by text not null,
  changed_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  check (id ~ '^[0-9a-f]{16}$'),
  check ((previous_hash is null) = (previous_until is null))
);

-- Requests to the management API that an idempotency key identifies, so that a repetition gets the response of the first.
-- `key` is the id of the API key and the SHA-256 of the idempotency key. The attempt that has the lease runs the request; its
-- transaction writes the result, so that both are there or none. The result is encrypted by a key that follows from the
-- idempotency key, which is not stored.
create table idempotent_request (
  key text primary key,
  fingerprint sha256_hash not null,
  attempt uuid not null,
  created_at timestamptz not null,
  leased_until timestamptz not null,
  result bytea
);
create index idempotent_request_by_time on idempotent_request (created_at);

-- Verifications of numbers for applications with users of their own, by API keys: docs/decisions/060-verify-only.md. The id is
-- that of the challenge whose code approves it, so that each use of a code approves one verification.
create table verification (
  id uuid primary key,
  api_key_id text not null,
  phone_number text not null,
  channel text not null,
  sent smallint not null default 1 check (sent > 0),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  approved_at timestamptz,
  canceled_at timestamptz,
  check (approved_at is null or canceled_at is null)
);
create index verification_by_time on verification (created_at);

-- The operators, who may use the console: docs/decisions/045-one-table-of-acts.md. All have one key, so that the owners can
-- be locked together and one always remains. `added_by` is an account, or a user of the operating system.
create table operator (
  key text not null check (key = 'operators'),
  account_id uuid not null,
  role operator_role not null,
  added_by text not null,
  added_at timestamptz not null,
  primary key (key, account_id)
);

-- Their sessions at the console; no other page accepts these, and the console accepts no others. `fresh_until` is the time
-- until which the last code that the operator entered counts as fresh. Removing an operator ends them.
create table operator_session (
  key text not null,
  secret_hash sha256_hash not null,
  account_id uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  fresh_until timestamptz,
  device text not null,
  address text not null,
  primary key (key, secret_hash),
  foreign key (key, account_id) references operator on delete cascade
);

-- The links of `vouch operator link`, which sign an operator in once, also without the phone.
create table operator_link (
  key text not null,
  secret_hash sha256_hash not null,
  account_id uuid not null,
  made_by text not null,
  expires_at timestamptz not null,
  primary key (key, secret_hash),
  foreign key (key, account_id) references operator on delete cascade
);

-- Endpoints of webhooks, which get the events that they ask for. Secrets are encrypted (src/webhooks/sealed-secret.ts); the
-- previous one signs too until `previous_until`. `last_seq` is the number of the newest event: they have no gaps.
create table webhook_endpoint (
  id text primary key,
  url text not null,
  description text not null,
  events text[] not null,
  with_numbers boolean not null,
  secret bytea not null,
  previous_secret bytea,
  previous_until timestamptz,
  last_seq bigint not null default 0,
  created_at timestamptz not null,
  failing_since timestamptz,
  disabled_at timestamptz,
  disabled_reason text check (disabled_reason in ('operator', 'gone', 'failing')),
  check ((disabled_at is null) = (disabled_reason is null)),
  check ((previous_secret is null) = (previous_until is null))
);

-- The events of each endpoint. `retries` are those since it was queued or replayed. `phone_number` is that of a message, for an
-- endpoint that asks for numbers, until the event is delivered.
create table webhook_delivery (
  endpoint_id text not null,
  seq bigint not null,
  event_id text not null,
  type text not null,
  at timestamptz not null,
  account_id uuid,
  data json not null,
  phone_number text,
  state text not null check (state in ('waiting', 'delivered', 'failed', 'paused')),
  attempts integer not null default 0,
  retries integer not null default 0,
  next_at timestamptz,
  primary key (endpoint_id, seq),
  check ((state = 'waiting') = (next_at is not null))
);
create index webhook_delivery_by_next on webhook_delivery (next_at) where next_at is not null;
create index webhook_delivery_by_queue on webhook_delivery (endpoint_id) where state in ('waiting', 'paused');
create index webhook_delivery_by_time on webhook_delivery (at);
create index webhook_delivery_by_number on webhook_delivery (phone_number) where phone_number is not null;

-- The attempts to send these events.
create table webhook_attempt (
  endpoint_id text not null,
  seq bigint not null,
  number integer not null,
  at timestamptz not null,
  status integer,
  error text,
  milliseconds integer not null,
  primary key (endpoint_id, seq, number)
);

-- Notices for apps that want to know when a session of theirs ends. `id` is the one of the session, `sid` the app's name for it;
-- `next_at` is null while the session lives.
create table logout_notice (
  id uuid primary key,
  account_id uuid not null,
  client_id text not null,
  sid text not null,
  expires_at timestamptz not null,
  retries integer not null default 0,
  next_at timestamptz
);
create index logout_notice_by_next on logout_notice (next_at) where next_at is not null;
create index logout_notice_by_end on logout_notice (expires_at);

-- Messages that were sent or failed, for webhooks: written only while an endpoint asks for them, and deleted within seconds.
create table message_event (
  phone_number text not null,
  id uuid not null,
  type text not null check (type in ('sent', 'failed')),
  at timestamptz not null,
  country text not null,
  channel text not null,
  provider text not null,
  primary key (phone_number, id, type)
);
create index message_event_by_time on message_event (at);

-- The records of the OpenID provider, by their kind and the SHA-256 of their id: no payload has the id, which is the token in
-- clear. `grant_key` is the grant of a token. A grant has a session of the person, and ends with it. The last columns are those
-- of a refresh token that was exchanged: docs/decisions/057-openid-provider.md.
create table oidc_record (
  key text primary key,
  payload json not null,
  grant_key text,
  account_id uuid,
  session_hash sha256_hash,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  attempt uuid,
  successor_key text,
  predecessor_key text,
  sealed bytea,
  replays non_negative not null default 0,
  check ((account_id is null) = (session_hash is null))
);
create index oidc_record_by_end on oidc_record (expires_at);

-- Other ids of records: the code that a person types for a device, and the public id of a session.
create table oidc_name (
  key text primary key,
  record_key text not null,
  expires_at timestamptz not null
);
create index oidc_name_by_end on oidc_name (expires_at);

-- The apps that sign people in by OpenID Connect. A client has at most two valid secrets, each stored as its SHA-256 only.
create table oidc_client (
  id text primary key,
  metadata json not null,
  logo bytea check (octet_length(logo) <= 65536),
  secret_hash sha256_hash,
  previous_hash sha256_hash,
  previous_until timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  check ((previous_hash is null) = (previous_until is null))
);

-- The keys that sign tokens, encrypted (src/oidc/signing-key.ts). A new one is published before it signs, an old one after.
create table signing_key (
  id text primary key,
  sealed bytea not null,
  public_key json not null,
  created_at timestamptz not null,
  signs_from timestamptz not null
);

-- The installed versions of our functions, each a schema, and the day of their last use: src/db/functions.ts.
create table function_version (
  name text primary key,
  last_used_at timestamptz not null
);

-- The standbys that processes read from, by the identity of the server, and `*` for all: src/db/standby.sql. Each renewal
-- raises `seq`, so that a standby that shows it has replayed every earlier commit of the same timeline.
create table standby (
  server text primary key,
  timeline text not null,
  seq bigint not null,
  created_at timestamptz not null,
  renewed_at timestamptz not null
);
