import { Notice } from '../http/form.tsx';
import type { InvitedPerson, InviteTree } from '../people/invites.ts';
import { ConsoleLayout } from './layout.tsx';
import { Shown } from './shown.tsx';
import { DataTable } from './table.tsx';
import type { Visit } from './visit.ts';

/** The people who have invited the most. */
export function InvitersView({
  visit,
  inviters,
  notice,
}: {
  visit: Visit;
  inviters: readonly InvitedPerson[];
  notice: keyof Visit['words']['notices'] | undefined;
}) {
  const { words } = visit;
  const texts = words.invites;
  return (
    <ConsoleLayout reader={visit} title={words.nav.invites} section="invites">
      {notice && <Notice>{words.notices[notice]}</Notice>}
      <p>{texts.lead}</p>
      <DataTable
        caption={texts.inviters}
        empty={words.form.none}
        heads={[words.number.person, words.number.inviteCode, words.number.invited, words.form.acts]}
        rows={inviters.map((person) => ({
          key: person.account_id,
          cells: [
            <PersonLink visit={visit} person={person} />,
            <Code visit={visit} person={person} />,
            person.invited_count,
            <CodeForm visit={visit} person={person} />,
          ],
        }))}
      />
    </ConsoleLayout>
  );
}

function PersonLink({ visit: { base }, person }: { visit: Visit; person: InvitedPerson }) {
  return (
    <a href={`${base}/invites/?account=${person.account_id}`}>
      <Shown text={person.number ?? person.account_id} />
    </a>
  );
}

function Code({ visit: { words }, person }: { visit: Visit; person: InvitedPerson }) {
  return (
    <>
      <code>{person.code}</code>
      {person.stopped_at && <span class="hint"> ({words.invites.closed})</span>}
    </>
  );
}

/** The form that closes a code, or opens a closed one. */
function CodeForm({ visit: { words, base }, person }: { visit: Visit; person: InvitedPerson }) {
  const act = person.stopped_at ? 'open' : 'close';
  return (
    <form method="post" action={`${base}/invites/${act}/`}>
      <input type="hidden" name="account" value={person.account_id} />
      <button class="link" type="submit">
        {words.invites[act]} <span class="sr">{person.code}</span>
      </button>
    </form>
  );
}

/** The tree around a person: the inviters above, and two levels of guests below. */
export function TreeView({ visit, accountId, tree }: { visit: Visit; accountId: string; tree: InviteTree }) {
  const { words, base } = visit;
  const texts = words.invites;
  return (
    <ConsoleLayout reader={visit} title={texts.tree} section="invites">
      <p>
        <code>{accountId}</code>. <a href={`${base}/invites/`}>{texts.inviters}</a>
      </p>
      <section class="sheet" aria-labelledby="above-title">
        <h2 id="above-title">{texts.above}</h2>
        <People visit={visit} people={tree.above} />
      </section>
      <section class="sheet" aria-labelledby="below-title">
        <h2 id="below-title">{texts.below}</h2>
        {tree.below.length === 0 && <p class="hint">{words.form.none}</p>}
        <ul class="sentences">
          {tree.below.map((person) => (
            <li key={person.account_id}>
              <PersonLink visit={visit} person={person} /> ({words.number.invited}: {person.invited_count})
              {person.guests.length > 0 && <People visit={visit} people={person.guests} />}
            </li>
          ))}
        </ul>
      </section>
    </ConsoleLayout>
  );
}

function People({ visit, people }: { visit: Visit; people: readonly InvitedPerson[] }) {
  if (people.length === 0) return <p class="hint">{visit.words.form.none}</p>;
  return (
    <ul class="below">
      {people.map((person) => (
        <li key={person.account_id}>
          <PersonLink visit={visit} person={person} /> <Code visit={visit} person={person} />
        </li>
      ))}
    </ul>
  );
}
