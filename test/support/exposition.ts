import assert from 'node:assert/strict';

/** What a scrape told: each series, with its labels in their order, and its value; and each name with its type. */
export interface Exposition {
  readonly series: ReadonlyMap<string, number>;
  readonly types: ReadonlyMap<string, string>;
}

/** Reads the text format of Prometheus, version 0.0.4, and fails where it is not kept: an unknown line, a series twice. */
export function parseExposition(text: string): Exposition {
  const series = new Map<string, number>();
  const types = new Map<string, string>();
  const helped = new Set<string>();
  assert.ok(text.endsWith('\n'));
  for (const line of text.split('\n').filter(Boolean)) {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) ([a-z][a-z0-9_]*) (.+)$/.exec(line) ?? [];
    if (word === 'HELP') {
      assert.ok(!helped.has(name), `help twice: ${line}`);
      helped.add(name);
    } else if (word === 'TYPE') {
      assert.match(rest, /^(counter|gauge|histogram|summary)$/, line);
      assert.ok(helped.has(name) && !types.has(name), line);
      types.set(name, rest);
    } else {
      const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\.)*"';
      const found = new RegExp(
        `^([a-z][a-z0-9_]*)(\\{(?:${label})(?:,${label})*\\})? (-?[\\d.e+-]+|NaN|[+-]Inf)$`,
      ).exec(line);
      assert.ok(found, `not of the format: ${line}`);
      const [, full = '', labels = '', value = ''] = found;
      const family = types.has(full) ? full : full.replace(/_(bucket|sum|count)$/, '');
      assert.ok(types.has(family), `no type before ${line}`);
      const sorted = [...labels.matchAll(new RegExp(label, 'g'))].map(([one]) => one).sort();
      const key = sorted.length > 0 ? `${full}{${sorted.join(',')}}` : full;
      assert.ok(!series.has(key), `twice: ${key}`);
      series.set(key, Number(value));
    }
  }
  return { series, types };
}

/** Those series of a name, without it and with no label but these, that have the labels named. */
export function valuesOf({ series }: Exposition, name: string): Record<string, number> {
  const own = [...series].filter(([key]) => key === name || key.startsWith(`${name}{`));
  return Object.fromEntries(
    own.map(([key, value]) => [[...key.matchAll(/="([^"]*)"/g)].map(([, label]) => label).join(' '), value]),
  );
}
