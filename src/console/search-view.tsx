import { DateTime } from '../http/date-time.tsx';
import { Button, ErrorSummary, Field } from '../http/form.tsx';
import type { Person } from '../people/person.ts';
import { ReasonField } from './confirm-view.tsx';
import { ConsoleLayout } from './layout.tsx';
import { Shown } from './shown.tsx';
import { DataTable, type TableRow } from './table.tsx';
import type { Visit } from './visit.ts';

/** The props of the search. */
export interface SearchProps {
  visit: Visit;
  /** Whether the role may see a number in clear. */
  mayLook: boolean;
  typed?: string;
  reason?: string;
  error?: string;
  /** The people whom the text may mean; undefined before a search. */
  people?: readonly Person[];
}

/** The home page: a search for a number in any spelling, with the reason for which support looks at it. */
export function SearchView({ visit, mayLook, typed, reason, error, people }: SearchProps) {
  const { words, base, language } = visit;
  const texts = words.number;
  return (
    <ConsoleLayout reader={visit} title={texts.searchTitle} section="number" hasError={!!error}>
      <ErrorSummary language={language} errors={error ? [{ field: 'text', text: error }] : []} />
      <form method="post" action={`${base}/number/`} class="sheet">
        <Field
          language={language}
          id="text"
          label={texts.searchLabel}
          hint={texts.searchHint}
          error={error}
          value={typed}
          input={{ autocomplete: 'off', required: true, maxLength: 300 }}
        />
        {mayLook && <LookReason visit={visit} reason={reason} />}
        <Button>{texts.search}</Button>
      </form>
      {people && (
        <DataTable
          caption={texts.found}
          empty={texts.nobody}
          heads={[texts.person, texts.name, texts.since, texts.state, words.form.acts]}
          rows={people.map((person) => personRow(visit, person, mayLook))}
        />
      )}
    </ConsoleLayout>
  );
}

function LookReason({ visit: { words, language }, reason }: { visit: Visit; reason: string | undefined }) {
  const texts = words.number;
  return (
    <>
      <Field
        language={language}
        id="reason"
        label={words.form.reason}
        hint={texts.lookHint}
        value={reason}
        input={{ maxLength: 500, autocomplete: 'off', list: 'reasons' }}
      />
      <datalist id="reasons">
        {texts.reasons.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}

/** A person in a list: masked, with the form that opens the story. */
export function personRow(visit: Visit, person: Person, mayLook: boolean): TableRow {
  const { words, language } = visit;
  const texts = words.number;
  const name = [person.first_name, person.last_name, person.username && `@${person.username}`]
    .filter(Boolean)
    .join(' ');
  const states = [
    person.is_blocked && texts.blocked,
    person.is_unproven && texts.unproven,
    `${texts.sessions}: ${person.sessions}`,
  ].filter(Boolean);
  return {
    key: person.id,
    cells: [
      <>
        <Shown text={person.phone_number} />
        <br />
        <code class="hint">{person.id}</code>
      </>,
      <>
        <Shown text={name} />
        {person.email && (
          <p class="hint">
            <Shown text={person.email} />
          </p>
        )}
      </>,
      <DateTime language={language} at={person.created_at} style="day" />,
      states.join(', '),
      mayLook ? <LookForm visit={visit} account={person.id} /> : '',
    ],
  };
}

function LookForm({ visit, account }: { visit: Visit; account: string }) {
  const { words, base } = visit;
  return (
    <details>
      <summary>{words.number.open}</summary>
      <form method="post" action={`${base}/number/`}>
        <input type="hidden" name="account" value={account} />
        <ReasonField visit={visit} id={`reason-${account}`} />
        <Button look="plain">{words.number.open}</Button>
      </form>
    </details>
  );
}
