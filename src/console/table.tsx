import type { ComponentChildren } from 'preact';
import type { ConsoleTexts } from './words/en.ts';

/** A row of a table: its first cell names it. */
export interface TableRow {
  readonly key: string;
  readonly cells: readonly ComponentChildren[];
}

/** A table that scrolls on a narrow screen, and can be scrolled by the keyboard. */
export function DataTable({
  caption,
  heads,
  rows,
  empty,
}: {
  caption: string;
  heads: readonly string[];
  rows: readonly TableRow[];
  /** The sentence instead of a table without rows. */
  empty?: string;
}) {
  if (rows.length === 0 && empty !== undefined) return <p class="hint">{empty}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard (WCAG 2.1.1)
    <section class="scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption class="sr">{caption}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.key} cells={row.cells} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ cells: [first, ...rest] }: Pick<TableRow, 'cells'>) {
  return (
    <tr>
      <th scope="row">{first}</th>
      {rest.map((cell, index) => (
        <td key={index}>{cell}</td>
      ))}
    </tr>
  );
}

/** A choice with its label. */
export function Select({
  id,
  name = id,
  label,
  selected,
  options,
}: {
  id: string;
  name?: string;
  label: string;
  selected: string;
  options: readonly (readonly [value: string, text: string])[];
}) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} name={name}>
        {options.map(([value, text]) => (
          <option key={value} value={value} selected={value === selected}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The link to the next page of a list; lists have no totals, which would have to be counted. */
export function NextPage({ words, path }: { words: ConsoleTexts; path: string | null }) {
  if (path === null) return null;
  return (
    <p>
      <a class="button plain" href={path} rel="next">
        {words.form.more}
      </a>
    </p>
  );
}
