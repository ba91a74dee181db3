#!/usr/bin/env bash
# A cluster of three PostgreSQL servers on one machine, of Debian's packages: to see a failover, and as a pattern for
# three machines. deploy/cluster/cluster.sh up|down FOLDER [PORT]; docs/scale.md tells what each part is for.
#
#   apt-get install patroni etcd-server haproxy pgbouncer postgresql-15
#
# The product then gets, from the last line that `up` prints:  DATABASE_URL=… DATABASE_POOLER=transaction
set -euo pipefail

usage() { sed -n '2,8p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
command=$1
folder=$2
port=${3:-15400}
nodes=(1 2 3)
binaries=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)

need() {
  for program in patroni etcd haproxy pgbouncer; do
    PATH=$PATH:/usr/sbin type "$program" >/dev/null 2>&1 || { echo "$program is not installed" >&2; exit 3; }
  done
  [ -n "$binaries" ] || { echo 'PostgreSQL is not installed' >&2; exit 3; }
}

# start NAME COMMAND…: in the background, with its log and its own process id, not that of a shell, in the folder.
start() {
  local name=$1
  shift
  # PostgreSQL does not run as root.
  [ "$(id -u)" != 0 ] || set -- setpriv --reuid postgres --regid postgres --init-groups "$@"
  (cd "$folder" && exec setsid "$@" >>"$folder/$name.log" 2>&1 </dev/null) &
  echo $! >"$folder/$name.pid"
}

# Each part on ports of its own: on three machines they would be 2379, 2380, 8008, 5432 on each.
etcd_client() { echo $((port + $1)); }
etcd_peer() { echo $((port + 10 + $1)); }
patroni_rest() { echo $((port + 20 + $1)); }
server_port() { echo $((port + 30 + $1)); }
primary_port=$((port + 40))
pooler_port=$((port + 50))

secret() { # made once, for their owner's eyes only
  [ -s "$folder/secret.$1" ] || (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$folder/secret.$1")
  cat "$folder/secret.$1"
}

write_etcd() {
  local all
  all=$(for node in "${nodes[@]}"; do printf 'node%s=http://127.0.0.1:%s,' "$node" "$(etcd_peer "$node")"; done)
  cat >"$folder/etcd-$1.yml" <<END
name: node$1
data-dir: $folder/etcd-$1
listen-client-urls: http://127.0.0.1:$(etcd_client "$1")
advertise-client-urls: http://127.0.0.1:$(etcd_client "$1")
listen-peer-urls: http://127.0.0.1:$(etcd_peer "$1")
initial-advertise-peer-urls: http://127.0.0.1:$(etcd_peer "$1")
initial-cluster: ${all%,}
initial-cluster-token: vouch
enable-grpc-gateway: true
END
}

# ttl, loop_wait and retry_timeout are Patroni's defaults. Synchronous and strict: what is acknowledged is on two
# servers, and one that has no second takes no writes.
write_patroni() {
  local hosts
  hosts=$(for node in "${nodes[@]}"; do printf '127.0.0.1:%s,' "$(etcd_client "$node")"; done)
  cat >"$folder/patroni-$1.yml" <<END
scope: vouch
name: node$1
restapi:
  listen: 127.0.0.1:$(patroni_rest "$1")
  connect_address: 127.0.0.1:$(patroni_rest "$1")
etcd3:
  hosts: ${hosts%,}
bootstrap:
  dcs:
    ttl: 30
    loop_wait: 10
    retry_timeout: 10
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters:
        max_connections: 100
        shared_buffers: ${SHARED_BUFFERS:-64MB}
        wal_keep_size: 256MB
        wal_log_hints: 'on'
  initdb:
    - encoding: UTF8
    - locale: C
    - data-checksums
  pg_hba:
    - host all all 127.0.0.1/32 scram-sha-256
    - host replication replicator 127.0.0.1/32 scram-sha-256
postgresql:
  listen: 127.0.0.1:$(server_port "$1")
  connect_address: 127.0.0.1:$(server_port "$1")
  data_dir: $folder/data-$1
  bin_dir: $binaries
  pgpass: $folder/pgpass-$1
  parameters:
    unix_socket_directories: ''
  authentication:
    superuser: { username: postgres, password: '$(secret postgres)' }
    replication: { username: replicator, password: '$(secret replicator)' }
    rewind: { username: rewinder, password: '$(secret rewinder)' }
END
}

# Patroni tells by HTTP who the primary is; its connections are cut when it is none any more.
write_haproxy() {
  cat >"$folder/haproxy.cfg" <<END
global
  maxconn 1000
defaults
  mode tcp
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  timeout check 5s
listen primary
  bind 127.0.0.1:$primary_port
  option httpchk GET /primary
  http-check expect status 200
  default-server inter 1s fall 3 rise 1 on-marked-down shutdown-sessions
$(for node in "${nodes[@]}"; do echo "  server node$node 127.0.0.1:$(server_port "$node") check port $(patroni_rest "$node")"; done)
END
}

write_pgbouncer() {
  echo "\"vouch\" \"$(secret vouch)\"" >"$folder/pgbouncer.users"
  cat >"$folder/pgbouncer.ini" <<END
[databases]
vouch = host=127.0.0.1 port=$primary_port dbname=vouch
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pooler_port
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $folder/pgbouncer.users
pool_mode = transaction
max_client_conn = 2000
default_pool_size = 40
server_connect_timeout = 3
server_login_retry = 1
query_wait_timeout = 5
END
}

primary() { # the number of the node that takes writes, if one does
  local node
  for node in "${nodes[@]}"; do
    curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$(patroni_rest "$node")/primary" 2>/dev/null && { echo "$node"; return; }
  done
  return 1
}

sql() { PGPASSWORD=$(secret postgres) "$binaries/psql" -h 127.0.0.1 -p "$primary_port" -U postgres -v ON_ERROR_STOP=1 -qtA "$@"; }

until_true() { # until_true SECONDS COMMAND…
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "waited in vain for: $*; see the logs in $folder" >&2; exit 1; }
    sleep 0.2
  done
}

has_standbys() { [ "$(sql -d postgres -c "select count(*) from pg_stat_replication where state = 'streaming'")" = 2 ]; }
has_synchronous() { [ "$(sql -d postgres -c "select count(*) from pg_stat_replication where sync_state = 'sync'")" = 1 ]; }

up() {
  need
  mkdir -p "$folder"
  folder=$(cd "$folder" && pwd)
  PATH=$PATH:/usr/sbin
  for node in "${nodes[@]}"; do
    write_etcd "$node"
    write_patroni "$node"
  done
  write_haproxy
  write_pgbouncer
  [ "$(id -u)" != 0 ] || chown -R postgres:postgres "$folder"
  chmod 700 "$folder"
  for node in "${nodes[@]}"; do start "etcd-$node" etcd --config-file "$folder/etcd-$node.yml"; done
  until_true 30 curl -fsS -m 2 "http://127.0.0.1:$(etcd_client 1)/health"
  for node in "${nodes[@]}"; do start "patroni-$node" patroni "$folder/patroni-$node.yml"; done
  start haproxy haproxy -db -f "$folder/haproxy.cfg"
  until_true 60 primary
  until_true 60 has_standbys
  until_true 60 has_synchronous
  # pg_rewind needs no superuser (PostgreSQL manual, pg_rewind); the limits are those that a pooler cannot pass on.
  sql -d postgres -c "create role vouch login password '$(secret vouch)'" -c 'create database vouch owner vouch' \
    -c "alter role vouch set statement_timeout = 8000" -c "alter role vouch set lock_timeout = 5000" \
    -c "alter role vouch set idle_in_transaction_session_timeout = 10000"
  start pgbouncer pgbouncer "$folder/pgbouncer.ini"
  echo "DATABASE_URL=postgres://vouch:$(secret vouch)@127.0.0.1:$pooler_port/vouch DATABASE_POOLER=transaction"
}

# end SIGNAL NAME…: what was started, all at once, and waits; whatever is there after ten seconds is killed.
end() {
  local signal=$1 name pid
  shift
  for name in "$@"; do
    pid=$(cat "$folder/$name.pid" 2>/dev/null) || continue
    is_ours "$pid" && kill "-$signal" "$pid" 2>/dev/null || true
  done
  for name in "$@"; do
    pid=$(cat "$folder/$name.pid" 2>/dev/null) || continue
    for _ in $(seq 100); do is_ours "$pid" || break; sleep 0.1; done
    is_ours "$pid" && kill -KILL "$pid" 2>/dev/null || true
    rm -f "$folder/$name.pid"
  done
}

# A process id may be somebody else's by now: ours has the folder among its words.
is_ours() { ps -o args= -p "$1" 2>/dev/null | grep -qF "$folder/"; }

down() {
  local node pid
  folder=$(cd "$folder" && pwd)
  end INT pgbouncer
  # Patroni stops its PostgreSQL, and gives the lead back while etcd is there
  end TERM patroni-1 patroni-2 patroni-3
  # a PostgreSQL whose Patroni was killed is still there
  for node in "${nodes[@]}"; do
    pid=$(head -1 "$folder/data-$node/postmaster.pid" 2>/dev/null) || continue
    ! is_ours "$pid" || kill -INT "$pid" 2>/dev/null || true
  done
  end TERM haproxy etcd-1 etcd-2 etcd-3
}

case $command in
  up) up ;;
  down) down ;;
  primary) primary ;;
  *) usage ;;
esac
