-- The forest of invites. A row outlives its account, so that the counts of others stay true, and holds nothing that
-- names a person. "Once" is the trigger, "never one's own" the check; "never a circle" is the one statement that
-- redeems (src/invites/store.ts).
create table invite (
  account_id uuid primary key,
  code text not null unique check (code ~ '^[23456789BCDFGHJKMNPQRSTVWXZ]{6}$'),
  inviter_id uuid references invite,
  redeemed_at timestamptz,
  invited_count integer not null default 0 check (invited_count >= 0),
  closed_at timestamptz,
  constraint never_ones_own check (inviter_id <> account_id),
  check ((inviter_id is null) = (redeemed_at is null))
);
create index invite_by_inviter on invite (inviter_id, redeemed_at desc, account_id desc) where inviter_id is not null;

create function refuse_second_redemption() returns trigger language plpgsql as $$
begin
  raise exception 'an invite is redeemed once' using errcode = 'integrity_constraint_violation';
end $$;
create trigger redeemed_once before update of inviter_id on invite
  for each row when (old.inviter_id is not null and new.inviter_id is distinct from old.inviter_id)
  execute function refuse_second_redemption();

-- That a number has counted for an inviter, from the erasing of its account on: a keyed hash of both, which names neither.
-- Who erases the account and comes back does not count again.
create table counted_invite (
  pair_hash bytea primary key check (octet_length(pair_hash) = 32),
  erased_at timestamptz not null
);
create index counted_invite_by_end on counted_invite (erased_at);

create table account (
  id uuid primary key references invite,
  phone_number text not null unique check (phone_number ~ '^\+[1-9][0-9]{1,14}$'),
  username text check (char_length(username) between 1 and 150),
  -- Pictures of the name in small letters, in capitals and as it is written: src/profile/username.ts.
  username_key_small text unique,
  username_key_capital text unique,
  username_key_written text unique,
  first_name text check (char_length(first_name) between 1 and 150),
  last_name text check (char_length(last_name) between 1 and 150),
  email text check (char_length(email) between 3 and 254),
  email_key text unique,
  created_at timestamptz not null,
  check ((username is null) = (username_key_small is null)),
  check (num_nulls(username_key_small, username_key_capital, username_key_written) in (0, 3)),
  check ((email is null) = (email_key is null))
);

-- Devices that signed in as this account within a year: strangers cannot use up their limits. Trust ends with the account.
create table trusted_device (
  account_id uuid not null references account on delete cascade,
  secret_hash bytea not null check (octet_length(secret_hash) = 32),
  last_used_at timestamptz not null,
  primary key (account_id, secret_hash)
);
create index trusted_device_by_last_use on trusted_device (last_used_at);

-- The secret of a token is here only as its SHA-256. Erasing the account ends its sessions in the same breath.
create table session (
  account_id uuid not null references account on delete cascade,
  secret_hash bytea not null check (octet_length(secret_hash) = 32),
  id uuid not null,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  expires_at timestamptz not null,
  device text not null,
  address text not null,
  -- The trusted device that it was opened on; not a foreign key, so that trust ends before the session does.
  trusted_device bytea,
  primary key (account_id, secret_hash),
  unique (account_id, id)
);
create index session_by_end on session (expires_at);
create index session_by_last_use on session (last_used_at);

-- One row a number and lane: its newest challenge, and the times by which its limits judge. No code: it is derived.
-- `earlier_ids` are the used challenges whose expiry and count of guesses this one has taken over.
create table challenge (
  phone_number text not null,
  lane text not null check (lane in ('anyone', 'known_device')),
  id uuid not null,
  key_id text not null,
  code_length smallint not null check (code_length between 4 and 8),
  expires_at timestamptz not null,
  guesses smallint not null default 0 check (guesses between 0 and 5),
  used_at timestamptz,
  sent_at timestamptz[] not null check (cardinality(sent_at) between 1 and 10),
  guessed_at timestamptz[] not null default '{}' check (cardinality(guessed_at) <= 20),
  earlier_ids uuid[] not null default '{}' check (cardinality(earlier_ids) < 20),
  primary key (phone_number, lane)
);
create index challenge_by_last_sending on challenge ((sent_at[1]));

-- Leaky buckets, one row a key that has spent something: the time at which its bucket is full again.
create table allowance (
  key text primary key,
  full_at timestamptz not null
);
create index allowance_by_fullness on allowance (full_at);

-- Messages and money of a UTC day, for all and by country: a safety valve. `scope` is a unit and a country, as
-- `messages:*` or `EUR:RU`; a large maximum is spread over shards, so that requests do not wait for one row. The scope
-- `default` holds the maximum of a day for which the operator names none, worked out once from the days before.
create table daily_count (
  day date not null,
  scope text not null,
  shard smallint not null,
  amount bigint not null check (amount >= 0),
  primary key (day, scope, shard)
);
