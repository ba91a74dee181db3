import { onlyRow } from '../kit/present.ts';
import type { Credential } from '../sessions/session.ts';
import { type SessionNeeds, sessionArguments } from '../sessions/store.ts';

/** A live session, as a protected app learns it. */
export interface ResolvedSession {
  readonly session_id: string;
  /** Null unless it was asked for. */
  readonly phone_number: string | null;
}

/** The live session of a credential; undefined without one. */
export async function findSession(
  needs: Pick<SessionNeeds, 'db' | 'sessionLife'>,
  credential: Credential,
  withNumber: boolean,
): Promise<ResolvedSession | undefined> {
  const input = { ...sessionArguments(needs, credential), with_number: withNumber };
  const row = onlyRow(await needs.db.call<ResolvedSession | { session_id: null }>('resolve_session', input));
  return row.session_id === null ? undefined : row;
}
