import { DateTime } from '../http/date-time.tsx';
import { Button } from '../http/form.tsx';
import type { Language } from '../kit/language.ts';
import { AccountField } from './page-account.tsx';
import { pageMessages } from './page-messages.ts';
import type { SessionRow } from './store.ts';

/** The sessions of an account, and the account id. */
export interface SessionListProps {
  language: Language;
  account: string;
  sessions: readonly SessionRow[];
}

/** The section that lists the sessions of the person, and ends one of them or all others. */
export function SessionList({ language, account, sessions }: SessionListProps) {
  const words = pageMessages[language];
  return (
    <section class="paper" id="sessions" aria-labelledby="sessions-title">
      <h2 id="sessions-title">{words.title}</h2>
      <ul class="rows">
        {sessions.map((session) => (
          <Row key={session.id} language={language} account={account} session={session} />
        ))}
      </ul>
      {sessions.length > 1 && (
        <form method="post" action="/sessions/end-others">
          <AccountField account={account} />
          <Button look="plain">{words.endOthers}</Button>
        </form>
      )}
    </section>
  );
}

function Row({ language, account, session }: { language: Language; account: string; session: SessionRow }) {
  const words = pageMessages[language];
  const { id, address, createdAt, lastUsedAt, current } = session;
  const device = session.device || words.unknownDevice;
  return (
    <li>
      <p>
        <b>{device}</b> {current && <span class="tag">{words.current}</span>}
      </p>
      {!current && (
        <form method="post" action={`/sessions/${id}/end`}>
          <AccountField account={account} />
          <button class="link" type="submit">
            {words.end}
            <span class="sr">: {device}</span>
          </button>
        </form>
      )}
      <p class="hint">
        <bdi dir="ltr">{address}</bdi>
        <br />
        {words.since} <DateTime language={language} at={createdAt} style="moment" />
        <br />
        {words.lastUsed} <DateTime language={language} at={lastUsedAt} style="moment" />
      </p>
    </li>
  );
}
