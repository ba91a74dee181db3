import { type Explained, explains, type Mutant } from './mutant.ts';

const leastKilled = 0.9;

/** Complaints: a survivor without an explanation, an explanation without a mutant, too few killed. None is a pass. */
export function checkResults(
  mutants: readonly Mutant[],
  explained: readonly Explained[],
  run: { isWhole: boolean },
): string[] {
  const survived = mutants.filter(({ fate }) => fate === 'survived');
  const complaints = survived
    .filter((mutant) => !explained.some((one) => explains(one, mutant)))
    .map(({ file, line, from, to, within }) => `Survived: ${file}:${line} ${from} → ${to}\n    ${within}`);
  const stale = explained.filter((one) => run.isWhole && !mutants.some((mutant) => explains(one, mutant)));
  complaints.push(
    ...stale.map(({ file, from, to }) => `Explained, but there is no such mutant: ${file} ${from} → ${to}`),
  );
  const share = killedShare(mutants);
  if (share < leastKilled) complaints.push(`Killed are ${percent(share)}, not ${percent(leastKilled)}`);
  return complaints;
}

/** The table of files: how many mutants, how many killed, survived, explained. */
export function formatSummary(mutants: readonly Mutant[], explained: readonly Explained[]): string {
  const files = [...new Set(mutants.map(({ file }) => file))].sort();
  const rows = files.map((file) =>
    rowOf(
      `\`${file}\``,
      mutants.filter((one) => one.file === file),
      explained,
    ),
  );
  return [
    '| File | Mutants | Killed | Survived | Explained | Killed share |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    rowOf('All', mutants, explained),
  ].join('\n');
}

/** The table of the survivors that are explained. */
export function formatSurvivors(mutants: readonly Mutant[], explained: readonly Explained[]): string {
  const rows = mutants
    .filter(({ fate }) => fate === 'survived')
    .flatMap((mutant) => {
      const one = explained.find((explanation) => explains(explanation, mutant));
      return one ? [`| \`${mutant.file}\` | ${code(mutant.from)} | ${code(mutant.to)} | ${one.why} |`] : [];
    });
  return ['| File | From | To | Why it may survive |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

// a bar would end the cell of a table, also within code
const code = (text: string) => (text === '' ? '(nothing)' : `<code>${escaped(text)}</code>`);

const escaped = (text: string) => text.replace(/[&<>|`*_[\]\\]/g, (sign) => `&#${sign.codePointAt(0)};`);

function rowOf(name: string, mutants: readonly Mutant[], explained: readonly Explained[]): string {
  const survived = mutants.filter(({ fate }) => fate === 'survived');
  const known = survived.filter((mutant) => explained.some((one) => explains(one, mutant)));
  const killed = mutants.filter(({ fate }) => fate === 'killed').length;
  const counts = [killed + survived.length, killed, survived.length, known.length, percent(killedShare(mutants))];
  return `| ${name} | ${counts.join(' | ')} |`;
}

function killedShare(mutants: readonly Mutant[]): number {
  const killed = mutants.filter(({ fate }) => fate === 'killed').length;
  return killed / Math.max(1, mutants.filter(({ fate }) => fate !== 'invalid').length);
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
