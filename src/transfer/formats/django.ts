import type { SourcePerson, SourceRecord } from '../person.ts';
import { type Fields, fieldsOf, isTrue, textOf } from './values.ts';

/** An object of `manage.py dumpdata users authtoken`. */
export function djangoRecord(line: number, object: Fields): SourceRecord {
  const model = textOf(object, 'model') ?? '';
  const fields = fieldsOf(object.fields);
  const pk = textOf(object, 'pk') ?? '';
  if (model === 'users.user') return { line, kind: 'person', person: djangoPerson({ ...fields, id: pk }) };
  if (model !== 'authtoken.token') return { line, kind: 'ignored', reason: model || 'no model' };
  const externalId = textOf(fields, 'user') ?? '';
  return { line, kind: 'token', externalId, token: { key: pk, createdAt: textOf(fields, 'created') } };
}

/** A row of `users_user`. */
export function djangoPerson(row: Fields): SourcePerson {
  const wasStaff = isTrue(row, 'is_staff') || isTrue(row, 'is_superuser');
  return {
    externalId: textOf(row, 'id'),
    phone: textOf(row, 'phone_number'),
    region: textOf(row, 'region'),
    username: textOf(row, 'username'),
    firstName: textOf(row, 'first_name'),
    lastName: textOf(row, 'last_name'),
    email: textOf(row, 'email'),
    code: textOf(row, 'referal_code'),
    inviterCode: textOf(row, 'invite_code'),
    createdAt: textOf(row, 'date_joined'),
    isBlocked: !isTrue(row, 'is_active'),
    notes: wasStaff ? [{ code: 'was_staff' }] : undefined,
  };
}
