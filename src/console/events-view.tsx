import { DateTime } from '../http/date-time.tsx';
import { Button, Field, Notice } from '../http/form.tsx';
import type { AttemptRow, EventRow } from '../webhooks/store.ts';
import { ConsoleLayout } from './layout.tsx';
import { nextPath } from './list-query.ts';
import { Shown } from './shown.tsx';
import { DataTable, NextPage } from './table.tsx';
import type { Visit } from './visit.ts';

/** The props of the page of the events of an endpoint. */
export interface EventsProps {
  visit: Visit;
  /** The endpoint. */
  id: string;
  /** The number of the event before the first one of the page, as it was typed. */
  after: string;
  events: readonly EventRow[];
  attempts: readonly AttemptRow[];
  next: string | null;
  notice: keyof Visit['words']['notices'] | undefined;
}

/** The events of an endpoint in their order, without gaps, and the newest attempts to send one. */
export function EventsView({ visit, id, after, events, attempts, next, notice }: EventsProps) {
  const { words, base, language } = visit;
  const texts = words.events;
  return (
    <ConsoleLayout reader={visit} title={texts.title} section="webhooks">
      {notice && <Notice>{words.notices[notice]}</Notice>}
      <p>
        {texts.lead} <a href={`${base}/webhooks/`}>{words.nav.webhooks}</a>
      </p>
      <form method="get" action={`${base}/webhooks/events/`} class="row filters">
        <input type="hidden" name="id" value={id} />
        <Field
          language={language}
          id="after"
          label={texts.after}
          value={after}
          input={{ inputMode: 'numeric', maxLength: 15, autocomplete: 'off' }}
        />
        <Button look="plain">{words.form.show}</Button>
      </form>
      <DataTable
        caption={texts.title}
        empty={words.form.none}
        heads={[texts.number, texts.type, texts.at, texts.state, texts.attempts, texts.data]}
        rows={events.map((event) => ({ key: event.seq, cells: eventCells(visit, event) }))}
      />
      <NextPage words={words} path={next && base + nextPath('/webhooks/events/', { id }, next)} />
      <ReplayForm visit={visit} id={id} />
      <Attempts visit={visit} attempts={attempts} />
    </ConsoleLayout>
  );
}

function eventCells({ words, language }: Visit, event: EventRow) {
  const texts = words.events;
  return [
    event.seq,
    <>
      <code>{event.type}</code>
      <br />
      <span class="hint">
        <Shown text={event.event_id} />
      </span>
    </>,
    <DateTime language={language} at={event.at} style="exact" />,
    <>
      {texts.states[event.state]}
      {event.next_at && (
        <p class="hint">
          {texts.next} <DateTime language={language} at={event.next_at} style="exact" />
        </p>
      )}
    </>,
    event.attempts,
    <code>
      <Shown text={JSON.stringify(event.data)} />
    </code>,
  ];
}

function ReplayForm({ visit: { words, base, language }, id }: { visit: Visit; id: string }) {
  const texts = words.events;
  const input = { inputMode: 'numeric', maxLength: 15, pattern: '[0-9]*', autocomplete: 'off' } as const;
  return (
    <section class="sheet" aria-labelledby="replay-title">
      <h2 id="replay-title">{texts.replay}</h2>
      <p>{texts.replayText}</p>
      <form method="post" action={`${base}/webhooks/replay/`}>
        <input type="hidden" name="id" value={id} />
        <Field
          language={language}
          id="replay-after"
          label={texts.after}
          input={{ ...input, name: 'after', required: true }}
        />
        <Field
          language={language}
          id="replay-until"
          label={texts.until}
          hint={texts.untilHint}
          input={{ ...input, name: 'until' }}
        />
        <Button>{texts.replay}</Button>
      </form>
    </section>
  );
}

function Attempts({ visit: { words, language }, attempts }: { visit: Visit; attempts: readonly AttemptRow[] }) {
  const texts = words.events;
  return (
    <div class="sheet">
      <h2>{texts.newestAttempts}</h2>
      <DataTable
        caption={texts.newestAttempts}
        empty={words.form.none}
        heads={[texts.number, texts.type, texts.attempt, texts.at, texts.answer, texts.milliseconds]}
        rows={attempts.map((one) => ({
          key: `${one.seq}.${one.number}`,
          cells: [
            one.seq,
            <code>{one.type}</code>,
            one.number,
            <DateTime language={language} at={one.at} style="exact" />,
            <Shown text={one.error ?? `HTTP ${one.status}`} />,
            one.milliseconds,
          ],
        }))}
      />
    </div>
  );
}
