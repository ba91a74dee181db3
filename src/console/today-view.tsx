import { DateTime } from '../http/date-time.tsx';
import { printable } from '../kit/printable.ts';
import { ruleText } from '../people/timeline.ts';
import type { Sums, SumsOf, Today } from '../people/view-today.ts';
import type { Breaker } from '../routing/breaker.ts';
import { Chart } from './chart.tsx';
import { countryText, formatMoney } from './format.ts';
import { ConsoleLayout } from './layout.tsx';
import { Shown } from './shown.tsx';
import { DataTable, type TableRow } from './table.tsx';
import type { Visit } from './visit.ts';

/** The figures that the script of the page refreshes. */
export const figures = ['asked', 'sent', 'delivered', 'completed', 'failed'] as const;

/** The day so far beside the same hours of the same day last week. */
export function TodayView({ visit, today }: { visit: Visit; today: Today }) {
  const { words, language } = visit;
  const texts = words.today;
  return (
    <ConsoleLayout reader={visit} title={words.nav.today} section="today">
      <p class="hint">
        {texts.lead} <DateTime language={language} at={today.until} style="moment" />
      </p>
      <Figures visit={visit} today={today} />
      <Hours visit={visit} today={today} />
      <Groups
        visit={visit}
        title={texts.byCountry}
        head={texts.country}
        rows={namedCountries(visit, today.countries)}
      />
      <Groups visit={visit} title={texts.byProvider} head={texts.provider} rows={today.providers} />
      <Refused visit={visit} today={today} />
      <Breakers visit={visit} breakers={today.breakers} />
    </ConsoleLayout>
  );
}

function Figures({ visit: { words, language, base }, today }: { visit: Visit; today: Today }) {
  const texts = words.today;
  return (
    <dl class="figures" data-live={`${base}/today/figures/`}>
      {figures.map((name) => (
        <div key={name}>
          <dt>{texts.figures[name]}</dt>
          <dd>
            <span data-figure={name}>{today.today[name]}</span>{' '}
            <span class="hint">
              {texts.before}: {today.before[name]}
            </span>
          </dd>
        </div>
      ))}
      <div>
        <dt>{texts.money}</dt>
        <dd>
          {formatMoney(language, today.today.spend)}{' '}
          <span class="hint">
            {texts.before}: {formatMoney(language, today.before.spend)}
          </span>
        </dd>
      </div>
    </dl>
  );
}

function namedCountries({ language }: Visit, rows: readonly SumsOf[]): readonly SumsOf[] {
  return rows.map((row) => ({ ...row, name: countryText(language, row.name) }));
}

function Hours({ visit: { words }, today: { hours, until } }: { visit: Visit; today: Today }) {
  const texts = words.today;
  const now = until.getUTCHours();
  const upToNow = (member: 'asked' | 'completed') =>
    hours.map(({ today }, hour) => (hour > now ? undefined : today[member]));
  return (
    <div class="sheet">
      <h2>{texts.byHour}</h2>
      <figure>
        <Chart
          title={texts.byHour}
          names={hours.map(({ name }) => name)}
          series={[
            { name: texts.figures.asked, look: 'bars', values: upToNow('asked') },
            { name: texts.figures.completed, look: 'area', values: upToNow('completed') },
            { name: texts.askedBefore, look: 'line', values: hours.map(({ before }) => before.asked) },
          ]}
        />
        <figcaption class="legend">
          <span class="key bars">{texts.figures.asked}</span>
          <span class="key area">{texts.figures.completed}</span>
          <span class="key line">{texts.askedBefore}</span>
        </figcaption>
      </figure>
      <details>
        <summary>{words.form.asTable}</summary>
        <DataTable
          caption={texts.byHour}
          heads={[texts.hour, ...figures.map((name) => texts.figures[name]), texts.askedBefore]}
          rows={hours.map(({ name, today, before }) => ({
            key: name,
            cells: [`${name}:00`, ...figures.map((figure) => today[figure]), before.asked],
          }))}
        />
      </details>
    </div>
  );
}

/** The rows of a chart are few; the table has all. */
const maxBars = 12;

function Groups({ visit, title, head, rows }: { visit: Visit; title: string; head: string; rows: readonly SumsOf[] }) {
  const texts = visit.words.today;
  const shown = rows.slice(0, maxBars);
  return (
    <div class="sheet">
      <h2>{title}</h2>
      {shown.length > 1 && (
        <Chart
          title={title}
          names={shown.map(({ name }) => printable(name))}
          series={[
            { name: texts.figures.asked, look: 'bars', values: shown.map(({ today }) => today.asked) },
            { name: texts.figures.completed, look: 'inner', values: shown.map(({ today }) => today.completed) },
          ]}
        />
      )}
      <DataTable
        caption={title}
        empty={texts.noMessages}
        heads={[head, ...figures.map((name) => texts.figures[name]), texts.share, texts.money, texts.askedBefore]}
        rows={rows.map((row) => toRow(visit, row))}
      />
    </div>
  );
}

function toRow({ language }: Visit, { name, today, before }: SumsOf): TableRow {
  const counts = figures.map((figure) => today[figure]);
  const money = formatMoney(language, today.spend);
  return { key: name, cells: [<Shown text={name} />, ...counts, shareOf(today), money, before.asked] };
}

function shareOf({ sent, completed }: Sums): string {
  return sent === 0 ? '' : `${Math.round((100 * completed) / sent)} %`;
}

function Refused({ visit: { words }, today: { refused } }: { visit: Visit; today: Today }) {
  const texts = words.today;
  return (
    <div class="sheet">
      <h2>{texts.refused}</h2>
      <p class="hint">{texts.refusedHint}</p>
      <DataTable
        caption={texts.refused}
        empty={texts.noRefusals}
        heads={[texts.rule, texts.times]}
        rows={refused.map(({ rule, times }) => ({
          key: rule,
          cells: [<Shown text={ruleText(rule, words.story)} />, times],
        }))}
      />
    </div>
  );
}

function Breakers({ visit: { words }, breakers }: { visit: Visit; breakers: readonly Breaker[] }) {
  const texts = words.today;
  return (
    <div class="sheet">
      <h2>{texts.breakers}</h2>
      <DataTable
        caption={texts.breakers}
        empty={texts.noBreakers}
        heads={[texts.provider, texts.state, texts.reason]}
        rows={breakers.map(({ provider, state, reason }) => ({
          key: provider,
          cells: [<Shown text={provider} />, texts.states[state], <Shown text={reason} />],
        }))}
      />
    </div>
  );
}
