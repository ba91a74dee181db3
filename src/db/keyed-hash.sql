-- HMAC-SHA-256 (RFC 2104) of a message that only a row knows, by the two blocks of a key that src/db/keyed-hash.ts makes:
-- the outer one and the inner one, 64 bytes each.
create function vouch.keyed_hash(p_blocks bytea, p_message bytea) returns bytea language sql immutable
return sha256(substring(p_blocks from 1 for 64) || sha256(substring(p_blocks from 65) || p_message));
