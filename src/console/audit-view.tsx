import type { TrailRow } from '../audit/store.ts';
import { DateTime } from '../http/date-time.tsx';
import { Button } from '../http/form.tsx';
import type { Page } from '../kit/page-cursor.ts';
import { type Act, acts, isAct } from '../operators/act.ts';
import type { Actor } from '../operators/actor.ts';
import { eventName } from '../people/timeline.ts';
import { ConsoleLayout } from './layout.tsx';
import { nextPath } from './list-query.ts';
import { Shown } from './shown.tsx';
import { DataTable, NextPage, Select } from './table.tsx';
import type { Visit } from './visit.ts';

/** The author of an event: a person, or an actor. */
export type Author = Actor['kind'] | 'person';

/** The props of the page of the audit trail. */
export interface AuditProps {
  visit: Visit;
  page: Page<TrailRow>;
  filters: { readonly actor: Author | undefined; readonly act: Act | undefined };
  actors: readonly Author[];
}

/** The audit trail with its filters. Numbers are masked in it. */
export function AuditView({ visit, page, filters, actors }: AuditProps) {
  const { words, base } = visit;
  const texts = words.audit;
  const names = Object.keys(acts).filter(isAct);
  return (
    <ConsoleLayout reader={visit} title={words.nav.audit} section="audit">
      <p>{texts.lead}</p>
      <form method="get" action={`${base}/audit/`} class="row filters">
        <Select
          id="actor"
          label={texts.actor}
          selected={filters.actor ?? ''}
          options={[['', words.form.all], ...actors.map((name) => [name, texts.actors[name]] as const)]}
        />
        <Select
          id="act"
          label={texts.act}
          selected={filters.act ?? ''}
          options={[['', words.form.all], ...names.map((name) => [name, words.story.acts[name]] as const)]}
        />
        <Button look="plain">{words.form.show}</Button>
      </form>
      <DataTable
        caption={words.nav.audit}
        empty={words.form.none}
        heads={[texts.at, texts.who, texts.what, texts.about, texts.reason, texts.from]}
        rows={page.items.map((row) => ({ key: row.id, cells: trailCells(visit, row) }))}
      />
      <NextPage words={words} path={page.next && base + nextPath('/audit/', filters, page.next)} />
    </ConsoleLayout>
  );
}

function trailCells(visit: Visit, row: TrailRow) {
  const { words, language } = visit;
  const texts = words.audit;
  const change = [row.before, row.after].filter((value) => value !== null && value !== undefined);
  return [
    <DateTime language={language} at={row.at} style="exact" />,
    <>
      {texts.actors[row.actor]}
      {row.actor_id && (
        <>
          <br />
          <span class="hint">
            <Shown text={row.actor_id} />
          </span>
        </>
      )}
    </>,
    <>
      {eventName(row, words.story)}
      {row.details && (
        <p class="hint">
          <Shown text={row.details} />
        </p>
      )}
      {change.length > 0 && (
        <p class="hint">
          <Shown text={change.map((value) => JSON.stringify(value)).join(' → ')} />
        </p>
      )}
    </>,
    <Shown text={[row.number, row.target ?? row.account_id].filter(Boolean).join(' ')} />,
    <Shown text={row.reason ?? ''} />,
    <Shown text={[row.device, row.client_ip].filter(Boolean).join(', ')} />,
  ];
}
