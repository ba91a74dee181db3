-- Events of messages for webhooks, of the room of messages, and only while an endpoint asks for them. A worker queues and
-- deletes them within seconds.

-- Records that a message was accepted by a provider (`sent`) or by none (`failed`).
create function vouch.insert_message_event(
  p_phone_number text, p_id uuid, p_type text, p_country text, p_channel text, p_provider text, p_now timestamptz
) returns void language plpgsql as $$
begin
  insert into message_event (phone_number, id, type, at, country, channel, provider)
    values (p_phone_number, p_id, p_type, p_now, p_country, p_channel, p_provider)
    on conflict (phone_number, id, type) do nothing;
end $$;

-- The oldest events of messages.
create function vouch.message_events(p_max int)
returns table (phone_number text, id uuid, type text, at timestamptz, country text, channel text, provider text)
language plpgsql as $$
begin
  return query select m.phone_number, m.id, m.type, m.at, m.country, m.channel, m.provider from message_event m
    order by m.at limit p_max;
end $$;

-- Deletes an event of a message. False if another worker did.
create function vouch.delete_message_event(p_phone_number text, p_id uuid, p_type text) returns boolean
language plpgsql as $$
begin
  delete from message_event m where m.phone_number = p_phone_number and m.id = p_id and m.type = p_type;
  return found;
end $$;
