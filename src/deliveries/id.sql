-- Ids of messages hold the time of the request in their first 48 bits (UUIDv7), by the clock of the database. `delivery` is
-- partitioned by them, so each statement on it bounds the id: docs/decisions/041-deliveries-by-day.md.

-- The least id of a moment, to the millisecond, or of one some seconds later. It is immutable, as the difference of two times
-- is, so that a plan for its arguments knows the partitions.
create function vouch.least_id(p_at timestamptz, p_seconds float8 default 0) returns uuid language sql immutable
return (lpad(to_hex(greatest(floor((extract(epoch from p_at - timestamptz '1970-01-01 00:00:00Z') + p_seconds::numeric)
  * 1000), 0)::bigint), 12, '0') || '00000000000000000000')::uuid;

-- An id of a moment with the random bits of another.
create function vouch.id_at(p_id uuid, p_at timestamptz) returns uuid language sql immutable
return (substr(vouch.least_id(p_at)::text, 1, 13) || '-7' || substr(p_id::text, 16))::uuid;

-- Messages of a challenge, which lives ten minutes, are at most an hour old, and receipts come within three days.
create function vouch.challenge_window() returns float8 language sql immutable return 3600;
create function vouch.receipt_window() returns float8 language sql immutable return 3 * 86400;

-- The least id that no message has yet. A transaction that began after ours may have committed before; a statement takes
-- seconds at most.
create function vouch.next_id(p_now timestamptz) returns uuid language sql immutable return vouch.least_id(p_now, 60);
