import { logAct } from '../audit/act.ts';
import { type BlockRow, endedBlockDays, findBlocksOf } from '../blocks/store.ts';
import { pairKeys } from '../invites/counted-invite.ts';
import { firstOf } from '../kit/present.ts';
import type { Actor } from '../operators/actor.ts';
import { type PersonInput, preparePerson } from './act-on-person.ts';
import { eraseRecordsOf } from './act-store.ts';
import type { PeopleNeeds, PersonRefusal } from './person.ts';

/** The proof of an erasure: what was removed, and what stays until when. It has no personal data. */
export interface ErasureCertificate {
  readonly account_id: string;
  readonly erased_at: Date;
  readonly removed: {
    readonly account: 1;
    readonly sessions: number;
    readonly trusted_devices: number;
    /** Messages that have lost the number and the client network. */
    readonly messages_anonymized: number;
  };
  readonly kept: readonly KeptRecord[];
}

/**
 * A record that outlives the person. `until` is null for a place in the invite tree, which identifies nobody, and for a block
 * without an end, which an operator takes away.
 */
export interface KeptRecord {
  readonly what:
    | 'messages_without_number'
    | 'audit_events'
    | 'counted_invite'
    | 'invite_tree'
    | 'limits_of_the_number'
    | 'verifications_of_the_number'
    | 'block_of_the_number';
  readonly until: Date | null;
}

const dayMs = 86_400_000;
/** See `vouch.counted_invite_life`. */
const countedInviteDays = 365;
/** Wrong codes in a row are kept for a year, so that an erasure is no way around them; other limits for a day. */
const limitDays = 365;
/** See `keepHours` of `src/verifications`. They are of no account: the person and an application have the same number. */
const verificationDays = 1;

/** Erases a person with everything that identifies them; once it resolves, no server lets a session of theirs in. */
export async function erasePerson(
  needs: PeopleNeeds,
  actor: Actor,
  input: PersonInput,
): Promise<{ readonly ok: true; readonly certificate: ErasureCertificate } | PersonRefusal> {
  const prepared = await preparePerson(needs, actor, 'erase_person', input);
  if (!prepared.ok) return prepared;
  const { accountId, phoneNumber, on } = prepared;
  const keys = { pairKey: firstOf(pairKeys(needs.keys)), keepDays: needs.keepDays.deliveries };
  const row = await eraseRecordsOf(needs.db, accountId, keys, on);
  if (!row.erased) return { ok: false, code: 'person_unknown' };
  logAct(needs.log, row.act, actor);
  if (row.on_standbys) await needs.db.standbys.waitForReplay();
  const now = new Date();
  const blocks = await findBlocksOf(needs.db, [`number:${phoneNumber}`], phoneNumber);
  const { sessions, devices, messages } = row;
  return {
    ok: true,
    certificate: {
      account_id: accountId,
      erased_at: now,
      removed: { account: 1, sessions, trusted_devices: devices, messages_anonymized: messages },
      kept: [...keptRecords(needs, now), ...blocks.flatMap((block) => keptBlock(block, now))],
    },
  };
}

function keptRecords({ keepDays }: PeopleNeeds, now: Date): KeptRecord[] {
  const after = (days: number) => new Date(now.getTime() + days * dayMs);
  return [
    { what: 'messages_without_number', until: after(keepDays.deliveries) },
    { what: 'audit_events', until: after(keepDays.audit) },
    { what: 'counted_invite', until: after(countedInviteDays) },
    { what: 'limits_of_the_number', until: after(limitDays) },
    { what: 'verifications_of_the_number', until: after(verificationDays) },
    { what: 'invite_tree', until: null },
  ];
}

/** A block of the number, which lies here for some weeks after its end. */
function keptBlock({ ends_at: end }: Pick<BlockRow, 'ends_at'>, now: Date): KeptRecord[] {
  if (end === null) return [{ what: 'block_of_the_number', until: null }];
  const until = new Date(end.getTime() + endedBlockDays * dayMs);
  return until > now ? [{ what: 'block_of_the_number', until }] : [];
}
