/** A session that was acknowledged, and what was asked for and acknowledged of its end. */
export interface ExpectedSession {
  readonly token: string;
  end: 'no' | 'asked' | 'yes';
}

/** What a person was told, and what they asked for without hearing an answer: the first must hold, the second may. */
export interface Expected {
  readonly phoneNumber: string;
  /** Acknowledged requests for a code. */
  asked: number;
  /** Sessions acknowledged for each code that was entered. */
  readonly opened: ExpectedSession[];
  /** Attempts to enter a right code that were not answered: each may have opened a session, but one a code in all. */
  readonly codes: Set<string>;
  name?: string;
  /** Names asked for since, unanswered. */
  maybeNames: string[];
  redeemed?: string;
  maybeRedeemed: string[];
  erased: 'no' | 'asked' | 'yes';
}

/** What is true afterwards, by the API and the database. */
export interface Actual {
  /** Of each session in `opened`, in order: the status of a profile read, and the profile. */
  readonly reads: readonly { status: number; name: string | null; redeemed: string | null }[];
  /** Status of entering each code once more. */
  readonly replays: readonly number[];
  /** Rows of sessions, and messages that the sender got. */
  readonly sessions: number;
  readonly messages: number;
  readonly accounts: number;
}

/** A person of whom nothing is known yet. */
export function newExpected(phoneNumber: string): Expected {
  return { phoneNumber, asked: 0, opened: [], codes: new Set(), maybeNames: [], maybeRedeemed: [], erased: 'no' };
}

/** Where what is true breaks what was acknowledged, in words; nothing where all holds. */
export function findViolations(heard: Expected, truth: Actual): string[] {
  const found: string[] = [];
  const erased = heard.erased;
  if (heard.opened.length > heard.codes.size)
    found.push(`${heard.opened.length} sessions of ${heard.codes.size} codes`);
  if (truth.sessions > heard.codes.size) found.push(`${truth.sessions} rows of sessions of ${heard.codes.size} codes`);
  if (heard.opened.length > 0 && truth.replays.includes(201)) found.push('a used code opened a session again');
  if (truth.messages > heard.asked + 1) found.push(`${truth.messages} messages for ${heard.asked} acknowledged`);
  if (truth.accounts > 1) found.push(`${truth.accounts} accounts of one number`);
  if (erased === 'yes' && truth.accounts > 0) found.push('an erased account is there');
  for (const [at, { end }] of heard.opened.entries()) {
    const read = truth.reads[at]!;
    if (end === 'yes' || erased === 'yes') {
      if (read.status !== 401) found.push(`a session that was ended answers ${read.status}`);
      continue;
    }
    if (read.status === 401 && (end === 'asked' || erased === 'asked')) continue;
    if (read.status !== 200) {
      found.push(`an acknowledged session answers ${read.status}`);
      continue;
    }
    const names = [heard.name ?? null, ...heard.maybeNames];
    if (!names.includes(read.name)) found.push(`the name is ${read.name}, and was to be one of ${names.join(', ')}`);
    const codes = heard.redeemed ? [heard.redeemed] : [null, ...heard.maybeRedeemed];
    if (!codes.includes(read.redeemed)) found.push(`redeemed is ${read.redeemed}, and was to be ${codes.join(' or ')}`);
  }
  return found;
}
