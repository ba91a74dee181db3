import { Button, Field } from '../http/form.tsx';
import type { NumberStory } from '../people/number-story.ts';
import type { ClearPerson } from '../people/person.ts';
import { maxLength } from '../profile/profile.ts';
import { ReasonField } from './confirm-view.tsx';
import { Select } from './table.tsx';
import type { Visit } from './visit.ts';

/** The acts on a number. A role that may not do one gets the refusal of the use case. */
export function NumberActs({ visit, story, reason }: { visit: Visit; story: NumberStory; reason: string }) {
  const { words } = visit;
  const texts = words.number;
  const acts = [
    ['unlock', false],
    ...(story.person
      ? ([
          ['end-sessions', false],
          ['change', false],
          ['export', false],
          ['erase', true],
        ] as const)
      : []),
    ['block', true],
  ] as const;
  return (
    <section class="sheet" aria-labelledby="acts-title">
      <h2 id="acts-title">{words.form.acts}</h2>
      {acts.map(([act, isDanger]) => (
        <details key={act}>
          <summary>{texts.acts[act].title}</summary>
          <ActForm visit={visit} story={story} reason={reason} act={act} isDanger={isDanger} />
        </details>
      ))}
    </section>
  );
}

type NumberAct = 'unlock' | 'end-sessions' | 'change' | 'export' | 'erase' | 'block';

function ActForm({
  visit,
  story,
  reason,
  act,
  isDanger,
}: {
  visit: Visit;
  story: NumberStory;
  reason: string;
  act: NumberAct;
  isDanger: boolean;
}) {
  const { words, base } = visit;
  const { title, text } = words.number.acts[act];
  return (
    <form method="post" action={`${base}/number/${act}/`}>
      <input type="hidden" name="text" value={story.phoneNumber} />
      <p>{text}</p>
      {act === 'change' && story.person && <ProfileFields visit={visit} person={story.person} />}
      {act === 'block' && (
        <Select
          id="block-days"
          name="days"
          label={words.blocks.end}
          selected=""
          options={[
            ['', words.blocks.never],
            ...(['1', '7', '30', '365'] as const).map((days) => [days, words.blocks.after[days]] as const),
          ]}
        />
      )}
      <ReasonField visit={visit} id={`${act}-reason`} value={reason} />
      {isDanger ? <Button look="danger">{title}</Button> : <Button>{title}</Button>}
    </form>
  );
}

function ProfileFields({ visit: { words, language }, person }: { visit: Visit; person: ClearPerson }) {
  const texts = words.number;
  const fields = [
    ['username', texts.username],
    ['first_name', texts.firstName],
    ['last_name', texts.lastName],
    ['email', texts.email],
  ] as const;
  return (
    <>
      {fields.map(([field, label]) => (
        <div key={field}>
          <input type="hidden" name={`was_${field}`} value={person[field] ?? ''} />
          <Field
            language={language}
            id={`change-${field}`}
            label={label}
            value={person[field] ?? ''}
            input={{ name: field, maxLength: maxLength[field], autocomplete: 'off' }}
          />
        </div>
      ))}
    </>
  );
}
