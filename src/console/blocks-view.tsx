import { type BlockKind, type BlockTarget, blockKinds } from '../blocks/block.ts';
import type { BlockRow } from '../blocks/store.ts';
import { DateTime } from '../http/date-time.tsx';
import { Button, Field, Notice } from '../http/form.tsx';
import type { Page } from '../kit/page-cursor.ts';
import { ReasonField } from './confirm-view.tsx';
import { countryText, maskedNumber } from './format.ts';
import { ConsoleLayout } from './layout.tsx';
import { nextPath } from './list-query.ts';
import { Shown } from './shown.tsx';
import { DataTable, NextPage, Select } from './table.tsx';
import type { Visit } from './visit.ts';

/** The blocks, newest first, and the form for a new one. */
export function BlocksView({
  visit,
  page,
  kind,
  notice,
}: {
  visit: Visit;
  page: Page<BlockRow>;
  kind: BlockKind | undefined;
  notice: keyof Visit['words']['notices'] | undefined;
}) {
  const { words, base } = visit;
  const texts = words.blocks;
  const heads = [texts.what, texts.reason, texts.by, texts.since, texts.end, texts.effect, words.form.acts];
  return (
    <ConsoleLayout reader={visit} title={words.nav.blocks} section="blocks">
      {notice && <Notice>{words.notices[notice]}</Notice>}
      <p>{texts.lead}</p>
      <form method="get" action={`${base}/blocks/`} class="row filters">
        <Select
          id="filter"
          name="kind"
          label={texts.kind}
          selected={kind ?? ''}
          options={[['', words.form.all], ...blockKinds.map((name) => [name, texts.kinds[name]] as const)]}
        />
        <Button look="plain">{words.form.show}</Button>
      </form>
      <DataTable
        caption={words.nav.blocks}
        empty={words.form.none}
        heads={heads}
        rows={page.items.map((block) => ({ key: block.id, cells: blockCells(visit, block) }))}
      />
      <NextPage words={words} path={page.next && base + nextPath('/blocks/', { kind }, page.next)} />
      <NewBlock visit={visit} />
    </ConsoleLayout>
  );
}

function blockCells(visit: Visit, block: BlockRow) {
  const { words, language, base } = visit;
  const texts = words.blocks;
  return [
    <>
      <span class="hint">{texts.kinds[block.kind]}</span>
      <br />
      <Shown text={valueText(visit, block)} />
    </>,
    <Shown text={block.reason} />,
    <Shown text={block.created_by} />,
    <DateTime language={language} at={block.created_at} style="moment" />,
    block.ends_at ? <DateTime language={language} at={block.ends_at} style="moment" /> : texts.never,
    block.refused_count,
    <form method="post" action={`${base}/blocks/remove/`}>
      <input type="hidden" name="id" value={block.id} />
      <button class="link" type="submit">
        {texts.remove}
        <span class="sr">
          {' '}
          <Shown text={valueText(visit, block)} />
        </span>
      </button>
    </form>,
  ];
}

/** A blocked number is masked in lists, whoever reads them: the page of a number shows one in clear, with a reason. */
function valueText({ language }: Visit, { kind, value }: BlockTarget): string {
  if (kind === 'number' && value.startsWith('+')) return maskedNumber(value);
  return kind === 'country' ? countryText(language, value) : value;
}

/** A block in words, for the page that asks before it is taken away. */
export function blockedText(visit: Visit, target: BlockTarget): string {
  return `${visit.words.blocks.kinds[target.kind]}: ${valueText(visit, target)}`;
}

function NewBlock({ visit }: { visit: Visit }) {
  const { words, base, language } = visit;
  const texts = words.blocks;
  return (
    <section class="sheet" aria-labelledby="add-title">
      <h2 id="add-title">{texts.add}</h2>
      <form method="post" action={`${base}/blocks/add/`}>
        <div class="row">
          <Select
            id="kind"
            label={texts.kind}
            selected="number"
            options={blockKinds.map((name) => [name, texts.kinds[name]])}
          />
          <Field language={language} id="value" label={texts.value} input={{ required: true, maxLength: 60 }} />
          <Select
            id="days"
            label={texts.end}
            selected=""
            options={[
              ['', texts.never],
              ...(['1', '7', '30', '365'] as const).map((days) => [days, texts.after[days]] as const),
            ]}
          />
        </div>
        <p class="hint">{texts.valueHint}</p>
        <ReasonField visit={visit} />
        <Button look="danger">{texts.addButton}</Button>
      </form>
    </section>
  );
}
