// npm run chaos [-- scenario … --option value]: faults done to the real product; ends with 1 where a promise breaks.
import { readdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Figure, Scenario } from './scenario.ts';

const { names, options } = read(process.argv.slice(2));
const all = await scenarios();
const unknown = names.filter((name) => !all.some((scenario) => scenario.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `No such scenario: ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ')}\n`,
  );
  process.exit(2);
}

const results: (Figure & { scenario: string })[] = [];
const notRun: string[] = [];
for (const scenario of all.filter(({ name }) => names.length === 0 || names.includes(name))) {
  process.stdout.write(`\n=== ${scenario.name}: ${scenario.promise}\n`);
  const lacks = scenario.missing?.();
  if (lacks) {
    notRun.push(scenario.name);
    process.stdout.write(`NOT RUN: ${lacks}\n`);
    continue;
  }
  const begun = performance.now();
  const figures = await scenario.run(options).catch((error: Error): Figure[] => {
    return [{ what: 'the scenario itself', figure: error.stack ?? error.message, ok: false }];
  });
  for (const figure of figures) {
    results.push({ scenario: scenario.name, ...figure });
    const bound = figure.bound ? `   (bound: ${figure.bound})` : '';
    process.stdout.write(`${figure.ok ? 'ok    ' : 'BROKEN'}  ${figure.what}: ${figure.figure}${bound}\n`);
  }
  process.stdout.write(`took ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
}
process.stdout.write(
  `${JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, notRun, results })}\n`,
);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

async function scenarios(): Promise<Scenario[]> {
  const folder = new URL('scenarios/', import.meta.url);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  return Promise.all(files.map(async (name) => (await import(new URL(name, folder).href)).scenario as Scenario));
}

/** `name … --option value`: every option takes the word after it. */
function read(args: string[]): { names: string[]; options: Record<string, string> } {
  const names: string[] = [];
  const options: Record<string, string> = {};
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at]!;
    if (word.startsWith('--')) options[word.slice(2)] = args[++at] ?? '';
    else names.push(word);
  }
  return { names, options };
}
