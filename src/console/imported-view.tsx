import { Button, Notice } from '../http/form.tsx';
import { HiddenFields } from '../http/problem-view.tsx';
import { fill } from '../kit/text.ts';
import type { ImportedBuffer } from '../transfer/import-buffer.ts';
import type { Note, ReportLine } from '../transfer/person.ts';
import { ConsoleLayout } from './layout.tsx';
import { Shown } from './shown.tsx';
import { DataTable } from './table.tsx';
import type { Visit } from './visit.ts';

/** The lines of the report that a page shows. */
const maxLines = 500;
const counts = ['inserted', 'updated', 'unchanged', 'refused', 'ignored', 'tokens', 'noted'] as const;

/** The props of the page after a dry run or an import. */
export interface ImportedProps {
  visit: Visit;
  imported: ImportedBuffer;
  /** The fields by which the import follows a dry run; undefined after the import. */
  carried: Readonly<Record<string, string>> | undefined;
}

/** The totals and the lines of a dry run, with the button that imports; or those of an import. */
export function ImportedView({ visit, imported, carried }: ImportedProps) {
  const { words, base } = visit;
  const texts = words.transfer;
  return (
    <ConsoleLayout reader={visit} title={carried ? texts.triedTitle : texts.importedTitle} section="transfer">
      {!carried && <Notice>{texts.imported}</Notice>}
      <section class="sheet" aria-labelledby="totals-title">
        <h2 id="totals-title">{carried ? texts.wouldBe : texts.totals}</h2>
        <dl class="facts">
          {counts.map((name) => (
            <div key={name}>
              <dt>{texts.counts[name]}</dt>
              <dd>{imported.totals[name]}</dd>
            </div>
          ))}
        </dl>
        {carried && <ImportForm visit={visit} carried={carried} />}
        <p>
          <a href={`${base}/transfer/`}>{texts.otherFile}</a>
        </p>
      </section>
      <Report visit={visit} report={imported.report} />
    </ConsoleLayout>
  );
}

function ImportForm({ visit: { words, base }, carried }: { visit: Visit; carried: Readonly<Record<string, string>> }) {
  return (
    <form method="post" action={`${base}/transfer/import/`} enctype="multipart/form-data">
      <HiddenFields fields={Object.entries(carried)} />
      <Button>{words.transfer.importButton}</Button>
    </form>
  );
}

function Report({ visit, report }: { visit: Visit; report: readonly ReportLine[] }) {
  const texts = visit.words.transfer;
  return (
    <div class="sheet">
      <h2>{texts.report}</h2>
      {report.length > maxLines && <p>{fill(texts.moreLines, { shown: maxLines, all: report.length })}</p>}
      <DataTable
        caption={texts.report}
        empty={texts.noReport}
        heads={[texts.line, texts.result, texts.reason]}
        rows={report.slice(0, maxLines).map((line, index) => ({
          key: String(index),
          cells: [line.line, texts.results[line.result], <Reasons visit={visit} line={line} />],
        }))}
      />
    </div>
  );
}

function Reasons({ visit: { words }, line }: { visit: Visit; line: ReportLine }) {
  const reasons: Readonly<Record<string, string>> = words.transfer.reasons;
  const sentence = ({ code, value }: Pick<Note, 'value'> & { readonly code: string }) =>
    [reasons[code] ?? code, value].filter(Boolean).join(': ');
  if ('reason' in line)
    return <Shown text={sentence({ code: line.reason, value: 'value' in line ? line.value : undefined })} />;
  const notes = 'notes' in line ? (line.notes ?? []) : [];
  return <Shown text={notes.map(sentence).join('; ')} />;
}
