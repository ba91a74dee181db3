import type { SourceRecord } from '../person.ts';
import { type Fields, fieldsOf, isTrue, listOf, textOf, timeOf } from './values.ts';

/** A user of `firebase auth:export users.json`. */
export function firebasePerson(line: number, user: Fields): SourceRecord {
  return {
    line,
    kind: 'person',
    person: {
      externalId: textOf(user, 'localId'),
      phone: textOf(user, 'phoneNumber'),
      firstName: textOf(user, 'displayName'),
      email: textOf(user, 'email'),
      createdAt: timeOf(user, 'createdAt'),
      isBlocked: isTrue(user, 'disabled'),
    },
  };
}

/** A row of `auth.users` of Supabase, whose numbers are international and have no plus. */
export function supabasePerson(line: number, user: Fields): SourceRecord {
  if (textOf(user, 'deleted_at') !== undefined) return { line, kind: 'ignored', reason: 'deleted' };
  const phone = textOf(user, 'phone');
  const names = metadataOf(user.raw_user_meta_data);
  return {
    line,
    kind: 'person',
    person: {
      externalId: textOf(user, 'id'),
      phone: phone === undefined || phone.startsWith('+') ? phone : `+${phone}`,
      firstName: textOf(names, 'first_name', 'given_name', 'full_name', 'name'),
      lastName: textOf(names, 'last_name', 'family_name'),
      username: textOf(names, 'username', 'user_name'),
      email: textOf(user, 'email'),
      createdAt: textOf(user, 'created_at'),
      isBlocked: new Date(textOf(user, 'banned_until') ?? 0) > new Date(),
    },
  };
}

/** The metadata of a user: an object in JSON, and its text in a table. */
function metadataOf(value: unknown): Fields {
  if (typeof value !== 'string') return fieldsOf(value);
  try {
    return fieldsOf(JSON.parse(value));
  } catch {
    return {};
  }
}

/** A user of Clerk: an object of its API, or a row of the table that its dashboard exports. */
export function clerkPerson(line: number, user: Fields): SourceRecord {
  return {
    line,
    kind: 'person',
    person: {
      externalId: textOf(user, 'id'),
      phone:
        textOf(user, 'primary_phone_number') ??
        primaryOf(user, 'phone_numbers', 'primary_phone_number_id', 'phone_number'),
      username: textOf(user, 'username'),
      firstName: textOf(user, 'first_name'),
      lastName: textOf(user, 'last_name'),
      email:
        textOf(user, 'primary_email_address') ??
        primaryOf(user, 'email_addresses', 'primary_email_address_id', 'email_address'),
      createdAt: timeOf(user, 'created_at'),
      isBlocked: isTrue(user, 'banned'),
    },
  };
}

/** The primary item of a list, or its first one. */
function primaryOf(user: Fields, list: string, id: string, member: string): string | undefined {
  const items = listOf(user, list);
  const primary = items.find((item) => item.id === user[id]) ?? items[0];
  return primary && textOf(primary, member);
}

/** A user of an export job of Auth0. A name that is the e-mail address or the number, as Auth0 fills it in, is none. */
export function auth0Person(line: number, user: Fields): SourceRecord {
  const [email, phone, name] = [textOf(user, 'email'), textOf(user, 'phone_number'), textOf(user, 'name')];
  const isOwn = name !== undefined && name !== email && name !== phone;
  return {
    line,
    kind: 'person',
    person: {
      externalId: textOf(user, 'user_id', 'id'),
      phone,
      username: textOf(user, 'username'),
      firstName: textOf(user, 'given_name') ?? (isOwn ? name : undefined),
      lastName: textOf(user, 'family_name'),
      email,
      createdAt: textOf(user, 'created_at'),
      isBlocked: isTrue(user, 'blocked'),
    },
  };
}
