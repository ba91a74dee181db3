-- Ids of messages hold the time of the request in their first 48 bits (UUIDv7), by the clock of the database. `delivery` is
-- partitioned by them, so each statement on it bounds the id: docs/decisions/041-deliveries-by-day.md.

-- The least id of a moment, to the millisecond.
create function vouch.least_id(p_at timestamptz) returns uuid language sql stable
return (lpad(to_hex(greatest(floor(extract(epoch from p_at) * 1000), 0)::bigint), 12, '0') || repeat('0', 20))::uuid;

-- An id of a moment with the random bits of another.
create function vouch.id_at(p_id uuid, p_at timestamptz) returns uuid language sql stable
return (substr(vouch.least_id(p_at)::text, 1, 13) || '-7' || substr(p_id::text, 16))::uuid;

-- Messages of a challenge, which lives ten minutes, are at most an hour old, and receipts come within three days.
create function vouch.challenge_window() returns interval language sql immutable return interval '1 hour';
create function vouch.receipt_window() returns interval language sql immutable return interval '3 days';

-- The least id that no message has yet. A transaction that began after ours may have committed before; a statement takes
-- seconds at most.
create function vouch.next_id(p_now timestamptz) returns uuid language sql stable
return vouch.least_id(p_now + interval '1 minute');
