import type { Sql } from 'postgres';
import { djangoPerson } from './formats/django.ts';
import { textOf } from './formats/values.ts';
import type { SourceRecord } from './person.ts';

const batchSize = 1000;

/**
 * The people of the original service, read from its database as they are at one moment. It locks nothing and writes nothing,
 * so that the original may go on.
 */
export async function* readDjangoDatabase(sql: Sql): AsyncGenerator<SourceRecord> {
  const connection = await sql.reserve();
  try {
    await connection`begin isolation level repeatable read read only`;
    await connection`set local idle_in_transaction_session_timeout = 0`;
    const [tables] = await connection<
      { tokens: boolean }[]
    >`select to_regclass('authtoken_token') is not null as tokens`;
    let last = '-9223372036854775808';
    for (let line = 0; ; ) {
      const tokens = tables?.tokens
        ? connection`select t.key, t.created::text as created, t.user_id from authtoken_token t`
        : connection`select null::text as key, null::text as created, null::bigint as user_id where false`;
      const rows =
        await connection`select u.id::text as id, u.phone_number, u.region, u.username, u.first_name, u.last_name,
          u.email, u.referal_code, u.invite_code, u.date_joined::text as date_joined, u.is_active, u.is_staff,
          u.is_superuser, k.key as token, k.created as token_created
        from users_user u left join lateral (select * from (${tokens}) t where t.user_id = u.id) k on true
        where u.id > ${last}::bigint order by u.id limit ${batchSize}`;
      for (const row of rows) {
        line += 1;
        const key = textOf(row, 'token');
        const token = key === undefined ? undefined : { key, createdAt: textOf(row, 'token_created') };
        yield { line, kind: 'person', person: { ...djangoPerson(row), token } };
      }
      if (rows.length < batchSize) break;
      last = textOf(rows.at(-1) ?? {}, 'id') ?? last;
    }
  } finally {
    await connection`rollback`;
    connection.release();
  }
}
