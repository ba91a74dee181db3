import { addBlock } from '../blocks/blocks.ts';
import type { Actor } from '../operators/actor.ts';
import { type PersonInput, preparePerson } from './act-on-person.ts';
import type { PeopleNeeds } from './person.ts';

/** Blocks the account of a person, whose sessions end; without `endsAt` the block has no end. */
export async function blockPerson(
  needs: PeopleNeeds,
  actor: Actor,
  input: PersonInput & { readonly endsAt?: Date | undefined },
): Promise<Awaited<ReturnType<typeof addBlock>> | Exclude<Awaited<ReturnType<typeof preparePerson>>, { ok: true }>> {
  const prepared = await preparePerson(needs, actor, 'block', input);
  if (!prepared.ok) return prepared;
  const { reason, endsAt } = input;
  return addBlock(needs, actor, { kind: 'account', value: prepared.accountId, reason, endsAt });
}
