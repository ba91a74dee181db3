-- The audit trail (OWASP ASVS 16.3): one row a security event. It outlives the account: it holds an id that no other
-- account ever gets and a masked number, no full one. Operators have no client address; their device is who they are to
-- the operating system. `details` are words of ours.
create table audit_event (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  event text not null check (event in ('signed_in', 'signed_out', 'sessions_ended', 'profile_changed', 'invite_redeemed',
    'account_erased', 'number_looked_up', 'test_message_sent', 'backup_made', 'backup_restored')),
  result text not null check (result in ('succeeded', 'failed', 'refused')),
  account_id uuid,
  number text,
  client_ip text,
  device text not null,
  details text
);
create index audit_event_by_account on audit_event (account_id, at desc) where account_id is not null;
create index audit_event_by_time on audit_event (at);
