import type { SourceRecord } from '../person.ts';
import { type Fields, isTrue, textOf, timeOf } from './values.ts';

/** A person in our own format, as `vouch export users` writes it: NDJSON, or a table with these columns. */
export function ownPerson(line: number, fields: Fields): SourceRecord {
  const token = textOf(fields, 'token');
  return {
    line,
    kind: 'person',
    person: {
      externalId: textOf(fields, 'external_id'),
      phone: textOf(fields, 'phone_number'),
      region: textOf(fields, 'region'),
      username: textOf(fields, 'username'),
      firstName: textOf(fields, 'first_name'),
      lastName: textOf(fields, 'last_name'),
      email: textOf(fields, 'email'),
      code: textOf(fields, 'invite_code'),
      inviterCode: textOf(fields, 'redeemed_code'),
      createdAt: timeOf(fields, 'created_at'),
      isBlocked: isTrue(fields, 'blocked'),
      token: token === undefined ? undefined : { key: token, createdAt: textOf(fields, 'token_created_at') },
    },
  };
}
