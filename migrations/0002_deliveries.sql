-- One row a try to send a message. No code and no text: the message is made from its challenge when it is sent. `state`:
-- waiting → sending → accepted → delivered or failed; or unknown, where it may have been sent and nobody can say; or
-- dropped, where it was not sent on purpose. `leased_until` is when another process may take what is waiting, or when
-- what is sending has become unknown.
create table delivery (
  id uuid primary key,
  attempt smallint not null check (attempt between 1 and 20),
  challenge_id uuid not null,
  key_id text not null,
  code_length smallint not null,
  phone_number text,
  country text not null,
  prefix text not null,
  language text not null,
  state text not null check (state in ('waiting', 'sending', 'accepted', 'delivered', 'failed', 'unknown', 'dropped')),
  channel text not null,
  provider text not null,
  segments smallint,
  price bigint,
  currency text,
  asked_at timestamptz not null,
  useful_until timestamptz not null,
  leased_until timestamptz,
  began_at timestamptz,
  accepted_at timestamptz,
  delivered_at timestamptz,
  failed_at timestamptz,
  completed_at timestamptz,
  again boolean not null,
  error text,
  why text,
  reference text,
  -- a keyed hash of the network that asked, by which silent failures are judged; goes with the account
  client_network text,
  check ((state in ('waiting', 'sending')) = (leased_until is not null))
);
create index delivery_by_number on delivery (phone_number, asked_at);
create index delivery_by_lease on delivery (leased_until) where leased_until is not null;
create index delivery_by_reference on delivery (provider, reference) where reference is not null;
create index delivery_by_route on delivery (provider, country, asked_at);
create index delivery_by_time on delivery using brin (asked_at) with (pages_per_range = 32);

-- What a provider told of a message before we knew its reference ourselves.
create table early_receipt (
  provider text not null,
  reference text not null,
  state text not null check (state in ('delivered', 'failed')),
  why text,
  told_at timestamptz not null,
  primary key (provider, reference, state)
);

-- Requests for a code and guesses that a limit refused, for the operator: nothing is judged by them. One row a `place`: a
-- number and a rule, or an address and one of a hundred kinds of numbers, so that nobody can make many of them; a newer
-- number takes the place over.
create table refusal (
  place text primary key,
  phone_number text not null,
  rule text not null,
  times integer not null check (times > 0),
  first_at timestamptz not null,
  last_at timestamptz not null
);
create index refusal_by_number on refusal (phone_number);
create index refusal_by_last on refusal (last_at);

-- A provider that failed lately, as all processes see it: a circuit breaker. Left alone until `open_until`.
create table breaker (
  provider text primary key,
  failures integer not null check (failures >= 0),
  openings integer not null default 0,
  open_until timestamptz,
  changed_at timestamptz not null,
  why text not null
);
