#!/usr/bin/env bash
# Moves Vouch from one PostgreSQL server to a newer one by logical replication, while people sign in.
# docs/scale.md, "Upgrade PostgreSQL", tells the operator when to run which step.
#
#   export OLD_DATABASE_URL=… NEW_DATABASE_URL=…      both as a role that may administer the database
#   deploy/upgrade/upgrade.sh check                   reports every obstacle with its fix, changes nothing
#   deploy/upgrade/upgrade.sh copy                    creates the schema and starts the copy
#   deploy/upgrade/upgrade.sh status [--wait]         reports the progress, or waits until both are in step
#   deploy/upgrade/upgrade.sh finish [--lock] [--count]
#                                                     locks the old database, compares, ends the replication
#   deploy/upgrade/upgrade.sh abort [--lose-writes]   unlocks the old database and removes what was added to it
#
# REPLICATION_URL is the old database as the new server reaches it, OLD_DATABASE_URL by default. PSQL and PG_DUMP name
# the programs, of the newer version. Passwords travel by environment and standard input, never by a command line.
set -euo pipefail
shopt -s inherit_errexit

usage() { sed -n '2,15p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }
die() { printf '%s\n' "$*" >&2; exit 1; }
say() { printf '%s\n' "$*"; }

psql=${PSQL:-psql}
pg_dump=${PG_DUMP:-pg_dump}
name=vouch_upgrade # of the publication, the subscription, the slot and our schema
work=$(mktemp -d)  # mode 700
on_exit=()
cleanup() {
  local status=$? step
  trap - EXIT
  for step in "${on_exit[@]}"; do "$step" || true; done
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

decode() { local text=${1//\\/\\\\}; printf '%b' "${text//%/\\x}"; }

# split URL PREFIX: sets PREFIX_url, which may be seen, and PREFIX_password.
split() {
  local url=$1 password='' key='(^|[[:space:]])password[[:space:]]*=[[:space:]]*'
  local quoted="$key('(([^'\\\\]|\\\\.)*)')" plain="$key(([^[:space:]]+))"
  [[ $url != *sslpassword* ]] || die "sslpassword in a connection string is not supported: use a key without a passphrase"
  if [[ $url =~ ^(postgres(ql)?://)([^/?@]*)@(.*)$ ]]; then
    local scheme=${BASH_REMATCH[1]} user=${BASH_REMATCH[3]} rest=${BASH_REMATCH[4]}
    [[ $user != *:* ]] || password=$(decode "${user#*:}")
    url="$scheme${user%%:*}@$rest"
  fi
  if [[ $url =~ ^postgres(ql)?:// ]]; then
    if [[ $url =~ ^(.*[?&])password=([^&]*)\&?(.*)$ ]]; then
      password=$(decode "${BASH_REMATCH[2]}")
      url=${BASH_REMATCH[1]}${BASH_REMATCH[3]}
      url=${url%[?&]}
    fi
  elif [[ $url =~ $quoted || $url =~ $plain ]]; then
    # shellcheck disable=SC2001
    password=$(sed 's/\\\(.\)/\1/g' <<<"${BASH_REMATCH[3]}")
    url=${url/"${BASH_REMATCH[0]}"/ }
  fi
  printf -v "$2_url" '%s' "$url"
  printf -v "$2_password" '%s' "$password"
}

# The timeouts of the role are for requests. The formats are those in which both servers print a row alike.
preamble="set client_min_messages = error; set statement_timeout = 0; set lock_timeout = 0;
set idle_in_transaction_session_timeout = 0; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres';
set timezone = 'UTC'; set bytea_output = 'hex'; set extra_float_digits = 1; set synchronous_commit = on;"

# with_password old|new PROGRAM…
with_password() (
  password=$1_password
  shift
  if [ -n "${!password}" ]; then export PGPASSWORD=${!password}; else unset PGPASSWORD; fi
  unset OLD_DATABASE_URL NEW_DATABASE_URL REPLICATION_URL
  export PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10} PGTARGETSESSIONATTRS=read-write PGAPPNAME=$name
  exec "$@"
)

# on old|new [OPTION…]: runs the SQL of standard input, prints its rows.
on() {
  local side=$1 url=$1_url
  shift
  { printf '%s\n' "$preamble"; cat; } | with_password "$side" "$psql" -XqtA -v ON_ERROR_STOP=1 -v VERBOSITY=terse \
    -v schema="${schema:-}" "$@" -d "${!url}"
}

# The tables of Vouch on this side, for a query that begins `with t as (…)`. A partition belongs to its table.
tables="select c.oid, c.relname, c.relowner, c.relacl, c.relreplident, c.relpersistence, n.nspname from pg_class c
  join pg_namespace n on n.oid = c.relnamespace where n.nspname = :'schema' and c.relkind in ('r', 'p') and not c.relispartition"

faults=0
fault() { faults=$((faults + 1)); printf -- '- %s\n  Fix: %s.\n' "$1" "$2"; }

# Reads lines of a fault, a tab and its fix.
faults_from() {
  local text fix
  while IFS=$'\t' read -r text fix; do [ -z "$text" ] || fault "$text" "$fix"; done
}

reachable() { # reachable old|new: says so, or why not
  local error
  error=$(on "$1" <<<'select' 2>&1 >/dev/null) && return
  fault "The $1 database cannot be reached: $(tr -s '\n\t' '  ' <<<"$error")" "correct ${1^^}_DATABASE_URL, or the access to that server"
  return 1
}

find_schema() { schema=$(on old <<<'select current_schema()'); }

# The step that the new database has reached: nothing, copying, finished or aborted.
step_of_new() {
  local is_marked
  is_marked=$(on new <<<"select to_regclass('$name.state') is not null")
  [ "$is_marked" != t ] || on new <<<"select step from $name.state"
}
set_step() { on new -v step="$1" <<<"update $name.state set step = :'step'"; }
has_subscription() { [ "$(on new <<<"select count(*) from pg_subscription where subname = '$name'")" = 1 ]; }
identity() { on "$1" <<<"select system_identifier || ' ' || current_database() from pg_control_system()"; }

check_old() { # check_old SYNC_WORKERS IS_COPYING
  on old -v sync="$1" -v copying="$2" <<END | faults_from
with t as ($tables), me as (select * from pg_roles where rolname = current_user)
select fault || E'\t' || fix from (
  select format('The old server is PostgreSQL %s, and Vouch needs 15.', current_setting('server_version')),
    'upgrade it by pg_upgrade' where current_setting('server_version_num')::int < 150000
  union all select 'The database of Vouch is not there: the old database has no table migration in its schema.',
    'correct OLD_DATABASE_URL, which may need options=-csearch_path%3D…'
    where not exists (select from t where relname = 'migration')
  union all select format('wal_level of the old server is %s, and logical replication needs logical.', current_setting('wal_level')),
    'alter system set wal_level = logical, and restart the old server'
    where current_setting('wal_level') <> 'logical'
  union all select format('The old server has %s of %s replication slots left, and the copy takes up to %s.',
      max - used, max, 1 + :sync), format('alter system set max_replication_slots = %s, and restart the old server', used + 1 + :sync)
    from (select current_setting('max_replication_slots')::int as max, (select count(*) from pg_replication_slots) as used) s
    where max - used < 1 + :sync and not :copying
  union all select format('The old server has %s of %s WAL senders left, and the copy takes up to %s.',
      max - used, max, 1 + :sync), format('alter system set max_wal_senders = %s, and restart the old server', used + 1 + :sync)
    from (select current_setting('max_wal_senders')::int as max, (select count(*) from pg_stat_replication) as used) s
    where max - used < 1 + :sync and not :copying
  union all select format('The table %s has no primary key, so its updates cannot be replicated.', relname),
    format('alter table %I.%I add primary key (…), or replica identity full', nspname, relname) from t
    where relreplident <> 'f' and not exists (select from pg_index where indrelid = t.oid and indisprimary and relreplident = 'd'
      or indrelid = t.oid and indisreplident and relreplident = 'i')
  union all select format('The table %s is unlogged, so it is not replicated.', relname),
    format('alter table %I.%I set logged', nspname, relname) from t where relpersistence <> 'p'
  union all select format('The role %s may not start the replication from the old server.', current_user),
    format('use a superuser, or: alter role %I replication; grant create on database %I to %1\$I; grant the owner of the tables to %1\$I',
      current_user, current_database()) from me
    where not rolsuper and not (rolreplication and has_database_privilege(current_database(), 'create')
      and not exists (select from t where not pg_has_role(relowner, 'usage')))
  union all select format('%s of the role %s is %s, which would cut off the copy of a large table.', name, current_user, reset_val),
    format('use another role, or: alter role %I set %s = 0', current_user, name) from pg_settings
    where name in ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout') and reset_val <> '0'
  union all select format('A transaction of %s on the old server has written for more than five minutes, and the copy cannot begin before it ends.',
      usename), format('end it: select pg_terminate_backend(%s)', pid) from pg_stat_activity
    where backend_xid is not null and xact_start < now() - interval '5 minutes' and not :copying
  union all select format('The transaction %s is prepared, and the copy cannot begin before it ends.', gid),
    format('commit prepared %L, or rollback prepared %1\$L', gid) from pg_prepared_xacts where not :copying
) f (fault, fix)
END
}

# The locale of a database, as create database names it.
locale_of() {
  on "$1" <<'END'
select format('encoding %s, provider %s, collate %s, ctype %s%s', pg_encoding_to_char(encoding),
  case datlocprovider when 'c' then 'libc' when 'i' then 'icu' else 'builtin' end, datcollate, datctype,
  ', locale ' || coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'))
from pg_database d where datname = current_database()
END
}

# Owners of the tables and roles with privileges on them, one a line.
roles_of_old() {
  on old <<END
with t as ($tables)
select distinct rolname from t cross join lateral (
  select relowner union select grantee from aclexplode(relacl) where grantee <> 0) r (role) join pg_roles on pg_roles.oid = role
order by 1
END
}

check_new() { # check_new SYNC_WORKERS STEP
  on new -v sync="$1" -v step="$2" -v roles="$(roles_of_old)" -v owners="$(owners_of_old)" <<END | faults_from
with t as ($tables), me as (select * from pg_roles where rolname = current_user)
select fault || E'\t' || fix from (
  select format('The schema %s of the new database is not empty: it has %s and others.', :'schema', min(relname)),
    'create a new database for Vouch' from t where :'step' = '' having count(*) > 0
  union all select format('The role %s may not create a subscription on the new server.', current_user),
    format('use a superuser, or from PostgreSQL 16 on: grant pg_create_subscription to %I', current_user) from me
    where not rolsuper and not exists (select from pg_roles where rolname = 'pg_create_subscription' and pg_has_role(oid, 'member'))
  union all select format('%s of the new server is %s, and the copy takes %s more than the %s in use.', name, setting, 1 + :sync, used),
    format('alter system set %s = %s, and restart the new server', name, used + 1 + :sync)
    from (select name, setting, (select count(*) from pg_subscription where subname <> '$name') as used from pg_settings
      where name in ('max_logical_replication_workers', 'max_worker_processes', 'max_active_replication_origins')
        or name = 'max_replication_slots' and current_setting('server_version_num')::int < 180000) s
    where case when setting ~ '^[0-9]+$' then setting::int end < used + 1 + :sync
  union all select format('The new server has no role %s, which has privileges on the tables of Vouch.', role),
    format('create role %I login password ''…'' there, with the password of the old server', role)
    from unnest(string_to_array(:'roles', E'\n')) role where role not in (select rolname from pg_roles)
  union all select format('The role %s may not create the schema of its functions in the new database.', rolname),
    format('grant create on database %I to %I', current_database(), rolname)
    from pg_roles where rolname = any(string_to_array(:'owners', E'\n')) and not has_database_privilege(oid, current_database(), 'create')
) f (fault, fix)
END
}

owners_of_old() { on old <<<"with t as ($tables) select distinct pg_get_userbyid(relowner) from t"; }

check_pair() {
  local step=$1 old new version
  old=$(identity old)
  new=$(identity new)
  if [ "${old%% *}" = "${new%% *}" ]; then
    fault 'The old and the new database are on one server.' 'set NEW_DATABASE_URL to the new server'
  fi
  old=$(on old <<<'show server_version_num')
  new=$(on new <<<'show server_version_num')
  [ "$new" -ge "$old" ] || fault "The new server is older than the old one ($new and $old)." 'take a newer server'
  version=$("$pg_dump" --version 2>/dev/null | sed 's/.*) \([0-9]*\).*/\1/') || version=
  if [ -z "$version" ]; then
    fault "$pg_dump is not installed here." "install the client programs of PostgreSQL $((new / 10000)), or set PG_DUMP"
  elif [ "$version" -lt "$((old / 10000))" ]; then
    fault "$pg_dump is of version $version, older than the old server." "install that of PostgreSQL $((new / 10000)), or set PG_DUMP"
  fi
  old=$(locale_of old)
  new=$(locale_of new)
  if [ "$old" != "$new" ]; then
    fault "The new database has $new; the old one has $old." 'create the new database with the encoding and the locale of the old one, from template0'
  fi
  if [ -n "$step" ] && [ "$(on new <<<"select old_database from $name.state")" != "$(identity old)" ]; then
    fault 'The new database holds the copy of another database.' 'create a new database for Vouch'
  fi
  if ! has_subscription && [ "$step" != finished ]; then
    probe
    if [ -z "$step" ] && [ -n "$(leftovers)" ]; then
      fault "An earlier copy left this on the old server: $(leftovers | paste -sd ' ')." "run $0 abort"
    fi
  fi
}

leftovers() {
  on old <<END
select 'slot ' || slot_name from pg_replication_slots where slot_name = '$name'
union all select 'publication ' || pubname from pg_publication where pubname = '$name'
union all select distinct 'lock of writes' from pg_trigger where tgname = '${name}_lock'
END
}

literal() { printf "'%s'" "${1//\'/\'\'}"; }

# subscribe NAME OPTIONS: SQL that holds a password, which no log of the server repeats.
subscribe() {
  printf "%s\n" "select set_config(name, v, false) from pg_settings join (values ('log_statement', 'none'),
    ('log_min_error_statement', 'panic'), ('log_min_duration_statement', '-1')) s (n, v) on n = name
    where (select rolsuper from pg_roles where rolname = current_user) \\g /dev/null"
  printf 'create subscription %s connection %s publication %s with (%s);\n' "$1" "$(literal "$replication")" "$1" "$2"
}

hide_password() { # an error may quote the connection string
  local text
  text=$(cat)
  [ -z "$old_password" ] || text=${text//"$old_password"/***}
  [ -z "$replication_password" ] || text=${text//"$replication_password"/***}
  printf '%s\n' "${text//"$replication"/"$replication_url"}"
}

# The new server opens a replication connection to the old one, and nothing stays.
probe() {
  local error
  error=$({
    echo 'begin;'
    subscribe "${name}_probe" 'create_slot = false, slot_name = none, enabled = false, copy_data = false'
    echo 'rollback;'
  } | on new 2>&1 >/dev/null) && return
  fault "The new server cannot start a replication from the old one: $(hide_password <<<"$error" | paste -sd ' ')" \
    'set REPLICATION_URL to the old database as the new server reaches it, without a pooler, and let pg_hba.conf of the old server accept it'
}

run_checks() {
  local both=yes sync=2 step='' copying=false
  reachable old || both=no
  if reachable new; then sync=$(on new <<<'show max_sync_workers_per_subscription'); else both=no; fi
  if [ "$both" = yes ]; then
    find_schema
    step=$(step_of_new)
    ! has_subscription || copying=true
    # The function runs in this shell, not in a pipe, so that its count of faults stays.
    check_old "$sync" "$copying" >"$work/old"
    check_new "$sync" "$step" >"$work/new"
    cat "$work/old" "$work/new"
    faults=$((faults + $(cat "$work/old" "$work/new" | grep -c '^- ' || true)))
    check_pair "$step"
  fi
  [ "$faults" = 0 ] || die "Obstacles: $faults. Remove them, then run $0 $1 again."
}

check() {
  run_checks check
  say 'Nothing stands in the way: start the copy.'
}

# The definitions of a schema travel by pg_dump. The marker comes in the same transaction, so a broken run leaves nothing.
create_schema() {
  # shellcheck disable=SC2154
  with_password old "$pg_dump" --schema-only --schema="\"$schema\"" --no-publications --no-subscriptions --no-tablespaces \
    --no-security-labels -d "$old_url" >"$work/schema.sql"
  {
    echo 'set client_min_messages = error;'
    sed -E 's/^CREATE SCHEMA /CREATE SCHEMA IF NOT EXISTS /' "$work/schema.sql"
    echo "create schema $name;
      create table $name.state (old_database text not null, step text not null, connection_limit integer not null);
      insert into $name.state select :'old', 'copying', datconnlimit from pg_database where datname = current_database();"
  } >"$work/all.sql"
  on new -v old="$(identity old)" --single-transaction <"$work/all.sql" >/dev/null
}

# Settings by `alter role … set` and `alter database … set`, in the words of SQL. Lists are stored quoted already.
settings_of() {
  on "$1" -v roles="$(roles_of_old)" <<'END'
select format('alter %s set %s to %s', case
    when setrole = 0 then 'database ' || '{database}'
    when setdatabase = 0 then format('role %I', rolname)
    else format('role %I in database ', rolname) || '{database}' end, key,
  case when key in ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
    then value else quote_literal(value) end)
from pg_db_role_setting s left join pg_roles r on r.oid = setrole cross join unnest(setconfig) line
  cross join lateral (select split_part(line, '=', 1) as key, substr(line, strpos(line, '=') + 1) as value) v
where setdatabase in (0, (select oid from pg_database where datname = current_database()))
  and (setrole = 0 and setdatabase <> 0 or rolname = any(string_to_array(:'roles', E'\n')))
order by 1
END
}

copy_settings() {
  local line sql database
  database=$(on new <<<"select quote_ident(current_database())")
  settings_of old >"$work/settings.old"
  settings_of new >"$work/settings.new"
  while IFS= read -r line; do
    grep -qxF -- "$line" "$work/settings.new" && continue
    sql=${line//'{database}'/"$database"}
    if on new <<<"$sql" 2>"$work/error" >/dev/null; then say "Setting copied: $sql"; else say "Setting not copied, do it by hand: $sql"; fi
  done <"$work/settings.old"
}

# Other roles than superusers stay out of the new database until `finish`: a write of theirs would collide with the copy.
keep_out() {
  on new <<<"select format('alter database %I connection limit 0', current_database()) where
    (select rolsuper from pg_roles where rolname = current_user) \\gexec"
}
let_in() {
  on new <<<"select format('alter database %I connection limit %s', current_database(), connection_limit) from $name.state
    where (select rolsuper from pg_roles where rolname = current_user) \\gexec"
}

empty_new() {
  on new <<END
with t as ($tables) select 'truncate ' || string_agg(format('%I.%I', nspname, relname), ', ') from t having count(*) > 0 \gexec
END
}

# By the root, so that rows of a partition that Vouch adds on the old server during the copy arrive, whichever the new one has.
publish() {
  on old <<END
select 'drop publication $name' where exists (select from pg_publication where pubname = '$name') \gexec
with t as ($tables) select 'create publication $name for table ' || string_agg(format('%I.%I', nspname, relname), ', ')
  || ' with (publish_via_partition_root = true)' from t \gexec
END
}

# Slots of ours: that of the subscription, and those of tables that are being copied, which name the new server.
drop_slots() {
  local system=${1:-} deadline=$((SECONDS + 30)) left=1
  while [ "$left" != 0 ] && [ $SECONDS -lt $deadline ]; do
    left=$(on old -v ours="^(${name}|pg_[0-9]+_sync_[0-9]+_${system:-none})\$" <<'END'
select count(pg_terminate_backend(active_pid)) from pg_replication_slots where slot_name ~ :'ours' and active_pid is not null \g /dev/null
select format('select pg_drop_replication_slot(%L)', slot_name) from pg_replication_slots
  where slot_name ~ :'ours' and active_pid is null \gexec
select count(*) from pg_replication_slots where slot_name ~ :'ours';
END
    ) || left=1
    left=$(tail -1 <<<"$left")
    [ "$left" = 0 ] || sleep 0.2
  done
  [ "$left" = 0 ]
}

# A run that was killed may have left its statement on the new server, which would create a slot later.
drop_subscription() {
  on new <<END
select pg_terminate_backend(pid, 30000) from pg_stat_activity where application_name = '$name' and pid <> pg_backend_pid()
  and backend_type = 'client backend' and query ~ '^create subscription' \g /dev/null
select s from pg_subscription, unnest(array['alter subscription $name disable', 'alter subscription $name set (slot_name = none)',
  'drop subscription $name']) with ordinality u (s, n) where subname = '$name' order by n \gexec
END
}

slot_warning="A replication slot is left on the old server and keeps its WAL, which fills the disk. On the old server, run:
  select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '$name'"

# The replication ends on both sides.
disconnect() {
  local system
  system=$(identity new)
  drop_subscription
  drop_slots "${system%% *}" || die "$slot_warning"
  on old <<<"drop publication if exists $name"
}

undo_subscription() { has_subscription || { drop_slots none && on old <<<"drop publication if exists $name"; } || say "$slot_warning"; }

copy() {
  local step
  run_checks copy
  step=$(step_of_new)
  [ "$step" != finished ] || die "The upgrade is finished already. To go back, run $0 abort."
  if has_subscription; then
    say 'The copy runs already.'
    on new <<<"alter subscription $name enable"
    status ''
    return
  fi
  if [ -z "$step" ]; then
    create_schema
    say "The schema $schema is created in the new database, without rows."
  fi
  copy_settings
  keep_out
  set_step copying
  on_exit=(undo_subscription)
  disconnect
  empty_new
  publish
  # Creating the slot waits for the transactions that run on the old server.
  { echo "set statement_timeout = '120s';"; subscribe "$name" 'copy_data = true'; } | on new 2>"$work/error" >/dev/null ||
    die "The subscription cannot be created: $(hide_password <"$work/error" | paste -sd ' ')"
  on_exit=()
  say "The copy has begun. Vouch goes on with the old database. See the progress by: $0 status"
  say 'Until then, install no new version of Vouch, since its migrations would not be copied.'
}

bytes() {
  awk -v n="$1" 'BEGIN { split("bytes kB MB GB TB", u, " "); for (i = 1; n >= 1024 && i < 5; i++) n /= 1024
    printf(i == 1 ? "%d %s" : "%.1f %s", n, u[i]) }'
}

# Sets: left (names of tables to copy), total, lag, seconds, kept, wal, active, errors.
measure() {
  left=$(on new <<<"select string_agg(relname, ', ' order by relname) from pg_subscription_rel r
    join pg_subscription s on s.oid = srsubid join pg_class c on c.oid = srrelid where subname = '$name' and srsubstate not in ('r', 's')")
  total=$(on new <<<"select count(*) from pg_subscription_rel join pg_subscription s on s.oid = srsubid where subname = '$name'")
  errors=$(on new <<<"select coalesce(sum(apply_error_count + sync_error_count), 0) from pg_stat_subscription_stats where subname = '$name'")
  IFS='|' read -r lag kept wal active seconds < <(on old <<END
select pg_wal_lsn_diff(pg_current_wal_flush_lsn(), confirmed_flush_lsn)::bigint, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint,
  wal_status, active, coalesce(round(extract(epoch from r.replay_lag), 1), 0)
from pg_replication_slots s left join pg_stat_replication r on r.pid = s.active_pid where slot_name = '$name'
END
  ) || true
}

in_step() { [ -z "$left" ] && [ "${active:-f}" = t ] && [ "${lag:-0}" -lt 1048576 ]; }

status() {
  local step
  step=$(step_of_new)
  [ "$step" != finished ] || { say 'The upgrade is finished.'; return; }
  has_subscription || die "No copy runs. Start it by: $0 copy"
  measure
  [ "${1:-}" != --wait ] || while ! in_step; do
    [ "${wal:-lost}" != lost ] || break
    sleep 1
    measure
  done
  if [ "${wal:-lost}" = lost ]; then
    die "The old server has removed WAL that the copy needs, or its slot (max_slot_wal_keep_size). Run $0 abort, then copy again."
  fi
  if [ -z "$left" ]; then say "All $total tables are copied."; else say "Still to copy, of $total tables: $left."; fi
  say "The new database lags $(bytes "$lag") behind the old one, $seconds s."
  say "The old server keeps $(bytes "$kept") of WAL for the copy."
  [ "$active" = t ] || say 'The new server is not connected to the old one: see the log of the new server.'
  [ "$errors" = 0 ] || say "The replication failed and was retried $errors times: see the log of the new server."
  if in_step; then say "Both are in step. Stop Vouch, then run: $0 finish"; else say 'They are not in step yet.'; fi
}

# Columns, types and constraints of the tables, to notice a migration that was applied on one side.
definitions() {
  on "$1" <<END
select set_config('search_path', quote_ident(:'schema'), false) \g /dev/null
with t as ($tables)
select relname, attname, format_type(atttypid, atttypmod) from t join pg_attribute on attrelid = t.oid and attnum > 0 and not attisdropped
union all select relname, conname, pg_get_constraintdef(c.oid) from t join pg_constraint c on conrelid = t.oid where contype <> 'n'
union all select relname, 'index', indexrelid::regclass::text from t join pg_index on indrelid = t.oid
order by 1, 2, 3
END
}

# A line for each table: its name, the number of its rows and a hash of all of them in any order, unless counted alone.
fingerprints() { # fingerprints old|new [--count]
  local hash="coalesce(sum(('x' || substr(md5(r::text), 1, 16))::bit(64)::bigint::numeric), 0)"
  [ "${2:-}" != --count ] || hash=0
  on "$1" -v hash="$hash" <<END
set max_parallel_workers_per_gather = 4;
with t as ($tables)
select format('select %L, count(*), %s from %I.%I r', relname, :'hash', nspname, relname) from t order by relname collate "C" \gexec
END
}

compare() { # compare [--count]: both sides at once; prints the names of tables that differ
  local new_one
  fingerprints new "$@" >"$work/rows.new" & new_one=$!
  fingerprints old "$@" >"$work/rows.old" || return 1
  wait "$new_one" || return 1
  [ -s "$work/rows.old" ] || return 1
  { diff "$work/rows.old" "$work/rows.new" || true; } | sed -n 's/^[<>] \([^|]*\)|.*/\1/p' | sort -u
}

# A trigger of each table refuses writes of every role, superusers too, with the state of a read-only server, upon which
# Vouch answers 503. The locks wait for transactions that have written, so that none commits after the lock. Prints the
# end of the WAL: the commit of the lock has flushed all earlier commits.
lock_old() {
  local attempt
  for attempt in $(seq 20); do
    on old 2>"$work/error" <<END && return
begin;
select set_config('deadlock_timeout', '100ms', true) where (select rolsuper from pg_roles where rolname = current_user) \g /dev/null
set local lock_timeout = '2s';
with t as ($tables) select 'lock table ' || string_agg(format('%I.%I', nspname, relname), ', ' order by relname)
  || ' in share row exclusive mode' from t \gexec
create schema if not exists $name;
create or replace function $name.refuse_write() returns trigger language plpgsql as \$\$
begin
  raise exception 'this database is locked: Vouch has moved to another server' using errcode = 'read_only_sql_transaction';
end \$\$;
with t as ($tables) select unnest(array[
  format('create or replace trigger ${name}_lock before insert or update or delete or truncate on %I.%I for each statement execute function $name.refuse_write()', nspname, relname),
  format('alter table %I.%I enable always trigger ${name}_lock', nspname, relname)]) from t \gexec
commit;
select pg_current_wal_flush_lsn();
END
    sleep "0.$((attempt % 5 + 1))"
  done
  die "The old database could not be locked: $(cat "$work/error")"
}

unlock_old() {
  on old <<END
select format('drop trigger %I on %s', tgname, tgrelid::regclass) from pg_trigger where tgname = '${name}_lock' \gexec
drop function if exists $name.refuse_write();
select 'drop schema $name' where exists (select from pg_namespace where nspname = '$name')
  and to_regclass('$name.state') is null \gexec
END
}

give_up() { unlock_old && say 'The old database is unlocked again: Vouch can go on with it. Nothing has changed for it.'; }

clients_of_old() {
  on old <<'END'
select format('%s of %s%s', count(*), usename, ' (' || nullif(application_name, '') || ')') from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() group by usename, application_name
END
}

wait_for_lsn() { # wait_for_lsn LSN: until the new server has everything up to there on its disk
  local deadline=$((SECONDS + ${DRAIN_TIMEOUT:-60}))
  until [ "$(on old -v lsn="$1" <<<"select confirmed_flush_lsn >= :'lsn' from pg_replication_slots where slot_name = '$name'")" = t ]; do
    [ $SECONDS -lt $deadline ] || die "The new database did not catch up in ${DRAIN_TIMEOUT:-60} s: see $0 status, then finish again."
    sleep 0.1
  done
}

set_sequences() {
  on old >"$work/sequences.sql" <<'END'
select format('select format(''select setval(%%L, %%s, %%L);'', %L, last_value, is_called) from %s', s, s)
from (select format('%I.%I', schemaname, sequencename) as s from pg_sequences where schemaname = :'schema') q \gexec
END
  on new <"$work/sequences.sql" >/dev/null
}

seconds_since() { awk -v a="$1" -v b="$(date +%s.%N)" 'BEGIN { printf("%.1f", b - a) }'; }

# Writes of a moment ago are on their way.
wait_in_step() {
  local deadline=$((SECONDS + 15))
  until measure && in_step; do
    [ $SECONDS -lt $deadline ] || die "The new database is not in step, and Vouch would stop for long. See $0 status."
    sleep 0.5
  done
}

finish() {
  local clients differing started lsn option lock='' how=()
  for option; do if [ "$option" = --lock ]; then lock=yes; else how=(--count); fi; done
  find_schema
  if [ "$(step_of_new)" = finished ]; then
    end_replication
    return
  fi
  has_subscription || die "No copy runs. Start it by: $0 copy"
  wait_in_step
  definitions old >"$work/definitions.old"
  definitions new >"$work/definitions.new"
  diff "$work/definitions.old" "$work/definitions.new" >"$work/diff" ||
    die "The tables differ, so a migration was applied during the copy: $(grep '^[<>]' "$work/diff" | head -5 | paste -sd ' ')
Run $0 abort, create a new database and copy again."
  clients=$(clients_of_old | paste -sd ';')
  if [ -n "$clients" ] && [ -z "$lock" ]; then
    die "The old database is still in use. Connections: $clients.
Stop Vouch and other programs. Or run $0 finish --lock, which refuses all writes from then on; Vouch answers 503 to them."
  fi
  say 'Statistics for the planner of the new server are being computed.'
  on new <<<'analyze'
  started=$(date +%s.%N)
  on_exit=(give_up)
  lsn=$(lock_old)
  say "The old database takes no writes any more, since $(date -u +%H:%M:%SZ)."
  wait_for_lsn "$lsn"
  say "The new database has everything, after $(seconds_since "$started") s."
  set_sequences
  differing=$(compare "${how[@]}") || die 'The rows could not be compared.'
  [ -z "$differing" ] || die "The rows differ in: $(paste -sd ' ' <<<"$differing"). Run $0 abort, then copy again."
  say "$(wc -l <"$work/rows.new") tables with $(awk -F'|' '{ n += $2 } END { print n }' "$work/rows.new") rows are equal, in number$([ ${#how[@]} != 0 ] || echo ' and hash'), after $(seconds_since "$started") s."
  # From here on the new database may take writes, so nothing unlocks the old one by itself.
  on_exit=()
  set_step finished || die "The switch was not recorded. The old database stays locked: run $0 finish again, or $0 abort."
  end_replication
}

# Also where an earlier run was cut off after the switch.
end_replication() {
  let_in
  say "Start Vouch with its DATABASE_URL on the new server: $(where_new)."
  disconnect
  say 'The subscription, the slot and the publication are dropped. The old database stays locked.'
  say "To go back before Vouch has written to the new one: $0 abort"
}

where_new() {
  on new <<'END'
select format('host %s, port %s, database %s', coalesce(:'HOST', 'as in NEW_DATABASE_URL'), :'PORT', current_database())
END
}

abort() {
  local step='' differing new_there=yes
  reachable old || die 'Nothing was changed.'
  find_schema
  reachable new || new_there=no
  if [ $new_there = yes ]; then
    step=$(step_of_new)
  elif [ "$(leftovers)" = 'lock of writes' ] && [ "${1:-}" != --lose-writes ]; then
    die "The switch is finished, and the new database cannot be asked whether it has changed since. Its changes are lost
if you go back. If you want that, run $0 abort --lose-writes"
  fi
  if [ "$step" = finished ] && [ "${1:-}" != --lose-writes ]; then
    differing=$(compare) || die 'The rows could not be compared.'
    [ -z "$differing" ] || die "The new database has changed since the switch, in: $(paste -sd ' ' <<<"$differing").
These changes are lost if you go back. If you want that, run $0 abort --lose-writes"
  fi
  # First the new side: a `finish` that follows does not take the switch for made.
  [ -z "$step" ] || set_step aborted
  unlock_old
  if [ $new_there = yes ]; then
    disconnect
    if [ -n "$step" ]; then
      let_in
      say 'The new database keeps its copy, which no program uses: drop it, or copy again.'
    fi
  else
    drop_slots none || die "$slot_warning"
    on old <<<"drop publication if exists $name"
    say 'The subscription on the new server could not be dropped. Drop it there, or the database.'
  fi
  say 'The old database is as it was: no lock, no slot, no publication. Vouch can go on with it.'
  report_other_slots
}

# Slots of tables whose copy was cut off have the name of a server that cannot be asked any more.
report_other_slots() {
  local slots
  slots=$(on old <<<"select slot_name from pg_replication_slots where slot_name ~ '^pg_[0-9]+_sync_' and active_pid is null")
  [ -z "$slots" ] || say "These slots on the old server belong to a copy that was cut off, and keep its WAL; drop them unless they are of another one: $(paste -sd ' ' <<<"$slots")"
}

[ $# -ge 1 ] || usage
case "$*" in
  check | copy | status | 'status --wait' | abort | 'abort --lose-writes') ;;
  finish | 'finish --lock' | 'finish --count' | 'finish --lock --count' | 'finish --count --lock') ;;
  *) usage ;;
esac
[ -n "${OLD_DATABASE_URL:-}${NEW_DATABASE_URL:-}" ] || usage
[ -n "${OLD_DATABASE_URL:-}" ] || die 'Set OLD_DATABASE_URL.'
[ -n "${NEW_DATABASE_URL:-}" ] || die 'Set NEW_DATABASE_URL.'
type "$psql" >/dev/null 2>&1 || die "$psql is not installed here: install the client programs of PostgreSQL, or set PSQL."
replication=${REPLICATION_URL:-$OLD_DATABASE_URL}
split "$OLD_DATABASE_URL" old
split "$NEW_DATABASE_URL" new
split "$replication" replication
"$@"
