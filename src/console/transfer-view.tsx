import { Button, Field } from '../http/form.tsx';
import { formats } from '../transfer/formats/formats.ts';
import { exportLists } from '../transfer/list.ts';
import { ReasonField } from './confirm-view.tsx';
import { FreshCodeFirst } from './fresh-code-view.tsx';
import { ConsoleLayout } from './layout.tsx';
import { Select } from './table.tsx';
import type { Visit } from './visit.ts';

/** Import and export: the form for a file, and that for a list. */
export function TransferView({ visit, mayExport }: { visit: Visit; mayExport: boolean }) {
  const { words } = visit;
  const texts = words.transfer;
  return (
    <ConsoleLayout reader={visit} title={words.nav.transfer} section="transfer">
      <section class="sheet" aria-labelledby="import-title">
        <h2 id="import-title">{texts.importTitle}</h2>
        <p>{texts.importLead}</p>
        {visit.actor.hasFreshCode ? (
          <UploadForm visit={visit} />
        ) : (
          <FreshCodeFirst visit={visit} path="/transfer/import/" back="/transfer/" lead={words.fresh.lead} />
        )}
      </section>
      {mayExport && <ExportForm visit={visit} />}
    </ConsoleLayout>
  );
}

function UploadForm({ visit: { words, base, language } }: { visit: Visit }) {
  const texts = words.transfer;
  return (
    <form method="post" action={`${base}/transfer/import/`} enctype="multipart/form-data">
      <div class="field">
        <label for="file">{texts.file}</label>
        <p class="hint" id="file-hint">
          {texts.fileHint}
        </p>
        <input type="file" id="file" name="file" required aria-describedby="file-hint" />
      </div>
      <Select
        id="format"
        label={texts.format}
        selected="ndjson"
        options={formats.map((name) => [name, texts.formats[name]] as const)}
      />
      <Field
        language={language}
        id="region"
        label={texts.region}
        hint={texts.regionHint}
        input={{ maxLength: 2, placeholder: 'RU', autocomplete: 'off' }}
      />
      <fieldset class="choices">
        <legend>{words.nav.webhooks}</legend>
        <label>
          <input type="checkbox" name="events" value="yes" /> {texts.events}
        </label>
      </fieldset>
      <Button>{texts.tryButton}</Button>
    </form>
  );
}

function ExportForm({ visit }: { visit: Visit }) {
  const { words, base } = visit;
  const texts = words.transfer;
  return (
    <section class="sheet" aria-labelledby="export-title">
      <h2 id="export-title">{texts.exportTitle}</h2>
      <p>{texts.exportLead}</p>
      <form method="post" action={`${base}/transfer/export/`}>
        <Select
          id="list"
          label={texts.list}
          selected="users"
          options={exportLists.map((name) => [name, texts.lists[name]] as const)}
        />
        <Select
          id="days"
          label={words.messages.within}
          selected=""
          options={[
            ['', texts.wholeTime],
            ...(['1', '7', '30', '365'] as const).map((days) => [days, words.messages.days[days]] as const),
          ]}
        />
        <Select
          id="export-format"
          name="format"
          label={texts.format}
          selected="ndjson"
          options={(['ndjson', 'csv'] as const).map((name) => [name, texts.exportFormats[name]] as const)}
        />
        <ReasonField visit={visit} />
        <Button>{texts.exportButton}</Button>
      </form>
    </section>
  );
}
