-- Places the tables and the functions of Vouch on a Citus cluster: docs/scale.md, section 6. Run it by psql at the
-- coordinator, as the owner of the tables, after the first start, and again after each update with the schema of its
-- functions, which `select name from function_version` tells:
--
--   psql -v schema=vouch_0123456789ab -f deploy/citus/distribute.sql
--
-- test/citus.test.ts compares both lists with the catalogue.
\set ON_ERROR_STOP on
begin;

-- Tables of a group are placed together by the key that comes first in their primary keys. A key of another type has shards of
-- its own. Foreign keys are taken off and put back, since a distributed table may not reference one that is not yet.
select not exists (select from citus_tables where table_name = 'challenge'::regclass) as is_first \gset
\if :is_first
set local citus.enable_unsafe_triggers = on;
alter table account drop constraint account_id_fkey;
alter table guest drop constraint guest_inviter_id_fkey;
alter table session drop constraint session_account_id_fkey;
alter table trusted_device drop constraint trusted_device_account_id_fkey;

select create_distributed_table('challenge', 'phone_number', colocate_with => 'none');
select create_distributed_table('number_limit', 'phone_number', colocate_with => 'challenge');
select create_distributed_table('number_account', 'phone_number', colocate_with => 'challenge');
select create_distributed_table('delivery', 'phone_number', colocate_with => 'challenge');
select create_distributed_table('message_event', 'phone_number', colocate_with => 'challenge');

select create_distributed_table('invite', 'account_id', colocate_with => 'none');
select create_distributed_table('account', 'id', colocate_with => 'invite');
select create_distributed_table('guest', 'inviter_id', colocate_with => 'invite');
select create_distributed_table('session', 'account_id', colocate_with => 'invite');
select create_distributed_table('trusted_device', 'account_id', colocate_with => 'invite');
select create_distributed_table('audit_event', 'account_id', colocate_with => 'invite');

select create_distributed_table('rate_limit', 'key', colocate_with => 'none');
select create_distributed_table('api_key', 'id', colocate_with => 'none');
select create_distributed_table('verification', 'id', colocate_with => 'none');
select create_distributed_table('idempotent_request', 'key', colocate_with => 'none');
select create_distributed_table('reserved_name', 'key', colocate_with => 'none');
select create_distributed_table('invite_code', 'code', colocate_with => 'none');
select create_distributed_table('legacy_code', 'folded', colocate_with => 'none');
select create_distributed_table('legacy_token', 'token_hash', colocate_with => 'none');
select create_distributed_table('counted_invite', 'pair_hash', colocate_with => 'none');
select create_distributed_table('refusal', 'ending', colocate_with => 'none');
select create_distributed_table('message_reference', 'reference', colocate_with => 'none');
select create_distributed_table('early_receipt', 'provider', colocate_with => 'none');
select create_distributed_table('daily_count', 'day', colocate_with => 'none');
select create_distributed_table('oidc_record', 'key', colocate_with => 'none');
select create_distributed_table('oidc_name', 'key', colocate_with => 'none');
select create_distributed_table('oidc_client', 'id', colocate_with => 'none');
select create_distributed_table('signing_key', 'id', colocate_with => 'none');

select create_reference_table('block');
select create_reference_table('breaker');

alter table account add constraint account_id_fkey foreign key (id) references invite;
alter table guest add constraint guest_inviter_id_fkey foreign key (inviter_id) references invite;
alter table session add constraint session_account_id_fkey
  foreign key (account_id) references account on delete cascade;
alter table trusted_device add constraint trusted_device_account_id_fkey
  foreign key (account_id) references account on delete cascade;
\endif
-- `standby`, `operator` with its sessions and links, `migration`, `function_version` the seals of the audit trail
-- and the webhooks stay at the coordinator.

-- A function with one key is handed over to the server of the key as a whole. Composites, jobs over all keys and functions with
-- a list of keys run where they are called.
select create_distributed_function(p.oid::regprocedure, f.key, colocate_with => f.with_table, force_delegation => true)
from (values
  ('claim_request', 'p_key', 'idempotent_request'),
  ('hold_request', 'p_key', 'idempotent_request'),
  ('finish_request', 'p_key', 'idempotent_request'),
  ('release_request', 'p_key', 'idempotent_request'),
  ('extend_request', 'p_key', 'idempotent_request'),
  ('delete_request', 'p_key', 'idempotent_request'),
  ('insert_verification', 'p_id', 'verification'),
  ('find_verification', 'p_id', 'verification'),
  ('mark_approved', 'p_id', 'verification'),
  ('mark_canceled', 'p_id', 'verification'),
  ('delete_verification', 'p_id', 'verification'),
  ('open_challenge_of', 'p_phone_number', 'challenge'),
  ('end_challenge', 'p_phone_number', 'challenge'),
  ('put_oidc_record', 'p_key', 'oidc_record'),
  ('begin_oidc_exchange', 'p_key', 'oidc_record'),
  ('oidc_replays_of', 'p_key', 'oidc_record'),
  ('note_oidc_replay', 'p_key', 'oidc_record'),
  ('seal_oidc_exchange', 'p_key', 'oidc_record'),
  ('follow_oidc_token', 'p_key', 'oidc_record'),
  ('put_new_oidc_record', 'p_key', 'oidc_record'),
  ('oidc_record_of', 'p_key', 'oidc_record'),
  ('consume_oidc_record', 'p_key', 'oidc_record'),
  ('delete_oidc_record', 'p_key', 'oidc_record'),
  ('insert_oidc_grant', 'p_key', 'oidc_record'),
  ('delete_expired_oidc_record', 'p_key', 'oidc_record'),
  ('name_oidc_record', 'p_key', 'oidc_name'),
  ('oidc_record_named', 'p_key', 'oidc_name'),
  ('delete_expired_oidc_name', 'p_key', 'oidc_name'),
  ('oidc_client_of', 'p_id', 'oidc_client'),
  ('oidc_client_logo', 'p_id', 'oidc_client'),
  ('insert_oidc_client', 'p_id', 'oidc_client'),
  ('replace_oidc_secret', 'p_id', 'oidc_client'),
  ('delete_oidc_client', 'p_id', 'oidc_client'),
  ('insert_signing_key', 'p_id', 'signing_key'),
  ('reseal_signing_key', 'p_id', 'signing_key'),
  ('delete_signing_key', 'p_id', 'signing_key'),
  ('insert_api_key', 'p_id', 'api_key'),
  ('find_api_key', 'p_id', 'api_key'),
  ('touch_api_key', 'p_id', 'api_key'),
  ('replace_api_key_secret', 'p_id', 'api_key'),
  ('end_api_key', 'p_id', 'api_key'),
  ('insert_account', 'p_account_id', 'invite'),
  ('number_of', 'p_account_id', 'invite'),
  ('created_at_of', 'p_account_id', 'invite'),
  ('first_name_of', 'p_account_id', 'invite'),
  ('rename_guest', 'p_account_id', 'invite'),
  ('delete_account', 'p_account_id', 'invite'),
  ('update_account', 'p_account_id', 'invite'),
  ('set_import', 'p_account_id', 'invite'),
  ('owner_of_name', 'p_key', 'reserved_name'),
  ('reserve_name', 'p_key', 'reserved_name'),
  ('release_name', 'p_key', 'reserved_name'),
  ('find_account', 'p_phone_number', 'challenge'),
  ('lock_account', 'p_phone_number', 'challenge'),
  ('prove_number', 'p_phone_number', 'challenge'),
  ('insert_number_account', 'p_phone_number', 'challenge'),
  ('delete_number_account', 'p_phone_number', 'challenge'),
  ('insert_event', 'p_account_id', 'invite'),
  ('insert_act', 'p_account_id', 'invite'),
  ('insert_refused_act', 'p_account_id', 'invite'),
  ('events_of', 'p_account_id', 'invite'),
  ('was_recorded', 'p_account_id', 'invite'),
  ('finish_attempt', 'p_phone_number', 'challenge'),
  ('insert_fallback', 'p_phone_number', 'challenge'),
  ('delete_delivery', 'p_phone_number', 'challenge'),
  ('undelivered_at', 'p_phone_number', 'challenge'),
  ('tried_providers', 'p_phone_number', 'challenge'),
  ('has_delivery', 'p_phone_number', 'challenge'),
  ('insert_message_event', 'p_phone_number', 'challenge'),
  ('delete_message_event', 'p_phone_number', 'challenge'),
  ('insert_delivery', 'p_phone_number', 'challenge'),
  ('complete_all_deliveries', 'p_phone_number', 'challenge'),
  ('complete_only_delivery', 'p_phone_number', 'challenge'),
  ('take_deliveries', 'p_phone_number', 'challenge'),
  ('put_deliveries', 'p_phone_number', 'challenge'),
  ('early_references', 'p_provider', 'early_receipt'),
  ('take_early_receipt', 'p_provider', 'early_receipt'),
  ('delete_early_receipts', 'p_provider', 'early_receipt'),
  ('messages_to', 'p_phone_number', 'challenge'),
  ('message_state', 'p_phone_number', 'challenge'),
  ('apply_receipt', 'p_phone_number', 'challenge'),
  ('keep_early_receipt', 'p_provider', 'early_receipt'),
  ('insert_reference', 'p_reference', 'message_reference'),
  ('messages_of_reference', 'p_reference', 'message_reference'),
  ('renumber_reference', 'p_reference', 'message_reference'),
  ('delete_reference', 'p_reference', 'message_reference'),
  ('take_over', 'p_phone_number', 'challenge'),
  ('delete_counted_invite', 'p_pair_hash', 'counted_invite'),
  ('owner_of_code', 'p_code', 'invite_code'),
  ('find_legacy_code', 'p_key', 'legacy_code'),
  ('owner_of_legacy_token', 'p_key', 'legacy_token'),
  ('delete_legacy_token', 'p_key', 'legacy_token'),
  ('is_open_invite', 'p_account_id', 'invite'),
  ('insert_code', 'p_code', 'invite_code'),
  ('insert_invite', 'p_account_id', 'invite'),
  ('add_guest', 'p_account_id', 'invite'),
  ('delete_guest', 'p_account_id', 'invite'),
  ('has_counted', 'p_pair_hash', 'counted_invite'),
  ('inviter_of', 'p_account_id', 'invite'),
  ('invited_page', 'p_account_id', 'invite'),
  ('close_invite', 'p_account_id', 'invite'),
  ('keep_counted', 'p_pair_hash', 'counted_invite'),
  ('lock_invite', 'p_account_id', 'invite'),
  ('set_inviter', 'p_account_id', 'invite'),
  ('invite_of', 'p_account_id', 'invite'),
  ('delete_bucket', 'p_key', 'rate_limit'),
  ('delete_refusal', 'p_ending', 'refusal'),
  ('delete_daily_count', 'p_day', 'daily_count'),
  ('read_daily_max', 'p_day', 'daily_count'),
  ('daily_messages', 'p_day', 'daily_count'),
  ('keep_daily_max', 'p_day', 'daily_count'),
  ('pick_daily_shard', 'p_day', 'daily_count'),
  ('count_daily', 'p_day', 'daily_count'),
  ('delete_number_limit', 'p_phone_number', 'challenge'),
  ('read_number_limit', 'p_phone_number', 'challenge'),
  ('count_first_message', 'p_phone_number', 'challenge'),
  ('count_message', 'p_phone_number', 'challenge'),
  ('count_number_failure', 'p_phone_number', 'challenge'),
  ('failures_of', 'p_phone_number', 'challenge'),
  ('forget_failures', 'p_phone_number', 'challenge'),
  ('failed_guesses', 'p_day', 'daily_count'),
  ('count_failed_guesses', 'p_day', 'daily_count'),
  ('bucket_wait', 'p_key', 'rate_limit'),
  ('take_unit', 'p_key', 'rate_limit'),
  ('record_refusal', 'p_ending', 'refusal'),
  ('delete_refusals', 'p_ending', 'refusal'),
  ('delete_ended_session', 'p_account_id', 'invite'),
  ('delete_trusted_device', 'p_account_id', 'invite'),
  ('insert_session', 'p_account_id', 'invite'),
  ('end_least_used', 'p_account_id', 'invite'),
  ('delete_session', 'p_account_id', 'invite'),
  ('live_session', 'p_account_id', 'invite'),
  ('touch_session', 'p_account_id', 'invite'),
  ('list_sessions', 'p_account_id', 'invite'),
  ('end_chosen_sessions', 'p_account_id', 'invite'),
  ('session_ids_of', 'p_account_id', 'invite'),
  ('trusted_devices_of', 'p_account_id', 'invite'),
  ('is_trusted', 'p_account_id', 'invite'),
  ('trust_device', 'p_account_id', 'invite'),
  ('forget_least_used_devices', 'p_account_id', 'invite'),
  ('pause_wait', 'p_phone_number', 'challenge'),
  ('new_code_length', 'p_phone_number', 'challenge'),
  ('insert_challenge', 'p_phone_number', 'challenge'),
  ('renew_challenge', 'p_phone_number', 'challenge'),
  ('delete_challenge', 'p_phone_number', 'challenge'),
  ('judge_guess', 'p_phone_number', 'challenge'),
  ('expire_challenges', 'p_phone_number', 'challenge'),
  ('forget_challenges', 'p_phone_number', 'challenge'),
  ('forget_messages', 'p_phone_number', 'challenge'),
  ('account_fields', 'p_account_id', 'invite'),
  ('count_sessions', 'p_account_id', 'invite'),
  ('set_stopped', 'p_account_id', 'invite')
) f (name, key, with_table)
join pg_proc p on p.proname = f.name and p.pronamespace = :'schema'::regnamespace;

select create_distributed_function(p.oid::regprocedure) from pg_proc p
where p.pronamespace = :'schema'::regnamespace
  and not exists (select from pg_dist_object o where o.classid = 'pg_proc'::regclass and o.objid = p.oid);

commit;
