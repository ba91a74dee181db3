import type { Sums, SumsOf, Today } from '../people/view-today.ts';
import { type CommandContext, type CommandGroup, type CommandOutput, defineCommand } from './command.ts';
import { refusalText } from './refusal-text.ts';
import { UsageError } from './usage-error.ts';

/** The commands about the whole installation. */
export const overviewCommands: CommandGroup = {
  today: defineCommand({
    usage: 'today                  the messages of today (UTC) beside the same hours last week, refusals and breakers',
    parse: () => ({}),
    run: showToday,
  }),
  settings: defineCommand({
    usage: 'settings               the settings in force here, without secrets, and where each comes from',
    parse: () => ({}),
    run: showSettings,
  }),
};

async function showToday({ withDatabase, actor, createLog }: CommandContext): Promise<CommandOutput> {
  const { viewToday } = await import('../people/view-today.ts');
  const { toTodayJson } = await import('../people/today-json.ts');
  const log = await createLog();
  const today = await withDatabase((db) => viewToday({ db, log }, actor));
  if ('code' in today) throw new UsageError(refusalText(today));
  return { json: toTodayJson(today), text: await todayText(today), isGood: true };
}

async function showSettings({ config: { settings }, actor }: CommandContext): Promise<CommandOutput> {
  const { refusalOf } = await import('../operators/actor.ts');
  const { formatTable } = await import('./table.ts');
  const refusal = refusalOf(actor, 'read_settings');
  if (refusal) throw new UsageError(refusalText(refusal));
  const rows = settings.map(({ name, value, source }) => ({ setting: name, value: value ?? '(secret)', from: source }));
  return { json: settings, text: formatTable(rows), isGood: true };
}

async function todayText(today: Today): Promise<string> {
  const { formatMicros, formatTime } = await import('../people/format.ts');
  const { formatTable } = await import('./table.ts');
  const line = (name: string, sums: Sums, before: Sums) => ({
    '': name,
    requested: sums.asked,
    sent: sums.sent,
    delivered: sums.delivered,
    completed: sums.completed,
    failed: sums.failed,
    spend: [...sums.spend].map(([currency, sum]) => `${formatMicros(sum)} ${currency}`).join(', '),
    'requested last week': before.asked,
  });
  const groups = (title: string, all: readonly SumsOf[]) =>
    all.length === 0 ? [] : ['', title, formatTable(all.map((one) => line(one.name, one.today, one.before)))];
  const breakers = today.breakers.map(({ provider, state, failures, reason }) => ({
    provider,
    state,
    failures,
    reason,
  }));
  return [
    `From ${formatTime(today.since)} to ${formatTime(today.until)}`,
    formatTable([line('all', today.today, today.before)]),
    ...groups('By country:', today.countries),
    ...groups('By provider:', today.providers),
    ...groups(
      'By hour (UTC):',
      today.hours.filter((hour) => hour.today.asked + hour.before.asked > 0),
    ),
    ...(today.refused.length > 0
      ? ['', 'Refused requests by rule:', formatTable(today.refused.map(({ rule, times }) => ({ rule, times })))]
      : []),
    ...(breakers.length > 0 ? ['', 'Providers in trouble:', formatTable(breakers)] : []),
  ].join('\n');
}
