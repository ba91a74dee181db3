import type { Page } from '../kit/page-cursor.ts';
import type { Person } from '../people/person.ts';
import { ConsoleLayout } from './layout.tsx';
import { nextPath } from './list-query.ts';
import { personRow } from './search-view.tsx';
import { DataTable, NextPage } from './table.tsx';
import type { Visit } from './visit.ts';

/** The newest people, masked, each with the form that opens their story. */
export function PeopleView({ visit, page, mayLook }: { visit: Visit; page: Page<Person>; mayLook: boolean }) {
  const { words, base } = visit;
  const texts = words.number;
  return (
    <ConsoleLayout reader={visit} title={words.nav.people} section="people">
      <p>
        {texts.peopleLead} <a href={`${base}/`}>{texts.search}</a>
      </p>
      <DataTable
        caption={words.nav.people}
        empty={words.form.none}
        heads={[texts.person, texts.name, texts.since, texts.state, words.form.acts]}
        rows={page.items.map((person) => personRow(visit, person, mayLook))}
      />
      <NextPage words={words} path={page.next && base + nextPath('/people/', {}, page.next)} />
    </ConsoleLayout>
  );
}
