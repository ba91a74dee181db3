import { logEvents } from '../audit/event.ts';
import { maskedNumber, recordEvents, recordWrongCode } from '../audit/store.ts';
import type { Database, Fragment } from '../db/database.ts';
import type { Client } from '../http/client.ts';
import { maskPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import type { SessionNeeds } from '../sessions/store.ts';

/** A common table expression: records that the one row of `person` signed in, and the invite of a new person. */
export function recordSignIn(db: Database, client: Client, phoneNumber: string): Fragment {
  const number = maskedNumber(db, db.sql`${phoneNumber}::text`);
  const details = db.sql`case when person.created then 'a new account' end`;
  return recordEvents(
    db,
    client,
    db.sql`select 'signed_in', 'succeeded', person.id, ${number}, ${details} from person
      union all select 'invite_redeemed', 'succeeded', newcomer.id, ${number}, 'inviter ' || inviter.account_id from newcomer, inviter`,
  );
}

/**
 * Records a failed sign-in. A guess that was counted and wrong leaves a row and a line of the log. A guess that was not
 * compared leaves only a line, since a stranger can make any number of them.
 */
export async function recordFailure(
  needs: SessionNeeds,
  { phoneNumber, client, judged }: { phoneNumber: PhoneNumber; client: Client; judged: boolean },
): Promise<void> {
  const number = maskPhoneNumber(phoneNumber);
  const unjudged = {
    event: 'signed_in',
    result: 'refused',
    account_id: null,
    number,
    details: 'no code is open',
  } as const;
  logEvents(needs.log, judged ? await recordWrongCode(needs, phoneNumber, client) : [unjudged], client);
}
