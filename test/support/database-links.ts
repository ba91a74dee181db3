/** The types of keys. */
const keyTypes = ['uuid', 'text', 'date', 'bytea'];

/** The databases of a group, and those of a key or of several keys: they are chosen as the partitions of a table are. */
export function linksText(shards: number): string {
  const choices = keyTypes.map(
    (type) => `create table links.${type}_key (key ${type}) partition by hash (key);
      create function links.shard_of(p_key ${type}) returns int language plpgsql as $$
      begin
        for i in 0 .. ${shards - 1} loop
          if satisfies_hash_partition('links.${type}_key'::regclass, ${shards}, i, p_key) then
            return i;
          end if;
        end loop;
      end $$;
      create function links.of(p_group text, p_key ${type}, p_is_set boolean) returns text[] language plpgsql as $$
      begin
        return array[links.open(p_group || '_' || links.shard_of(p_key))];
      end $$;
      create function links.of(p_group text, p_keys ${type}[], p_is_set boolean) returns text[] language plpgsql as $$
      declare
        v_names text[] := array(select distinct unnest(links.of(p_group, k.key, p_is_set)) from unnest(p_keys) k (key) order by 1);
      begin
        if not p_is_set and cardinality(v_names) > 1 then
          raise 'one result of keys of several databases';
        end if;
        return case when v_names = '{}' then array[links.open(p_group || '_0')] else v_names end;
      end $$`,
  );
  return `${links};
    create function links.every(p_group text) returns text[] language plpgsql as $$
    begin
      return array(select links.open(p_group || '_' || i) from generate_series(0, ${shards - 1}) i order by i);
    end $$;
    ${choices.join(';\n')}`;
}

/**
 * One connection for each database and backend. A call begins a transaction there when it first needs it; its state is a
 * setting until the end of the transaction of the front database, which an exception resets.
 */
const links = `create schema links;
create function links.open(p_name text) returns text language plpgsql as $$
begin
  if coalesce(current_setting('links.' || p_name, true), '') <> 'open' then
    if p_name <> all (coalesce(dblink_get_connections(), '{}')) then
      perform dblink_connect(p_name, p_name);
    end if;
    perform dblink_exec(p_name, 'begin');
    perform set_config('links.' || p_name, 'open', true);
  end if;
  return p_name;
end $$;
create function links.commit() returns void language plpgsql as $$
declare
  v_name text;
begin
  foreach v_name in array coalesce(dblink_get_connections(), '{}') loop
    if current_setting('links.' || v_name, true) = 'open' then
      perform dblink_exec(v_name, 'commit');
      perform set_config('links.' || v_name, '', true);
    end if;
  end loop;
end $$;
create function links.rollback() returns void language plpgsql as $$
declare
  v_name text;
begin
  foreach v_name in array coalesce(dblink_get_connections(), '{}') loop
    begin
      perform dblink_exec(v_name, 'rollback');
    exception when others then
      perform dblink_disconnect(v_name);
    end;
    perform set_config('links.' || v_name, '', true);
  end loop;
end $$`;
