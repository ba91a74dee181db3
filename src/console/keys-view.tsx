import { keyBounds, keyDefaults } from '../api-keys/api-key.ts';
import type { IssuedKey } from '../api-keys/manage-keys.ts';
import type { ListedKey } from '../api-keys/store.ts';
import { DateTime } from '../http/date-time.tsx';
import { Button, Field, Notice } from '../http/form.tsx';
import { fill } from '../kit/text.ts';
import { scopes } from '../operators/act.ts';
import { ConsoleLayout } from './layout.tsx';
import { Shown } from './shown.tsx';
import { DataTable } from './table.tsx';
import type { Visit } from './visit.ts';

/** The keys of the management API, and the form for a new one. */
export function KeysView({
  visit,
  keys,
  notice,
}: {
  visit: Visit;
  keys: readonly ListedKey[];
  notice: keyof Visit['words']['notices'] | undefined;
}) {
  const { words } = visit;
  const texts = words.keys;
  return (
    <ConsoleLayout reader={visit} title={words.nav.keys} section="keys">
      {notice && <Notice>{words.notices[notice]}</Notice>}
      <p>{texts.lead}</p>
      <DataTable
        caption={words.nav.keys}
        empty={texts.none}
        heads={[texts.name, texts.scopes, texts.networks, texts.lastUsed, texts.state, words.form.acts]}
        rows={keys.map((key) => ({ key: key.id, cells: keyCells(visit, key) }))}
      />
      <NewKey visit={visit} />
    </ConsoleLayout>
  );
}

function keyCells(visit: Visit, key: ListedKey) {
  const { words, language } = visit;
  const texts = words.keys;
  return [
    <>
      <Shown text={key.name} />
      <br />
      <code class="hint">{key.id}</code>
    </>,
    key.scopes.join(', '),
    key.networks.length === 0 ? texts.everywhere : <Shown text={key.networks.join(', ')} />,
    key.last_used_at ? <DateTime language={language} at={key.last_used_at} style="moment" /> : texts.never,
    <State visit={visit} listed={key} />,
    key.is_live ? <KeyActs visit={visit} listed={key} /> : '',
  ];
}

function State({ visit: { words, language }, listed }: { visit: Visit; listed: ListedKey }) {
  const texts = words.keys;
  if (listed.revoked_at) return <>{texts.revoked}</>;
  return (
    <>
      {listed.is_live ? texts.until : texts.expired} <DateTime language={language} at={listed.expires_at} style="day" />
      {listed.previous_until && (
        <p class="hint">
          {texts.oldUntil} <DateTime language={language} at={listed.previous_until} style="moment" />
        </p>
      )}
    </>
  );
}

function KeyActs({ visit: { words, base }, listed: { id, name } }: { visit: Visit; listed: ListedKey }) {
  const acts = [
    ['rotate', words.keys.rotate],
    ['revoke', words.keys.revoke],
  ] as const;
  return (
    <div class="links">
      {acts.map(([act, label]) => (
        <form key={act} method="post" action={`${base}/keys/${act}/`}>
          <input type="hidden" name="id" value={id} />
          <button class="link" type="submit">
            {label}
            <span class="sr">
              {' '}
              <Shown text={name} />
            </span>
          </button>
        </form>
      ))}
    </div>
  );
}

function NewKey({ visit: { words, base, language } }: { visit: Visit }) {
  const texts = words.keys;
  return (
    <section class="sheet" aria-labelledby="add-title">
      <h2 id="add-title">{texts.add}</h2>
      <form method="post" action={`${base}/keys/add/`}>
        <Field
          language={language}
          id="name"
          label={texts.name}
          input={{ required: true, maxLength: keyBounds.nameLength, autocomplete: 'off' }}
        />
        <fieldset class="choices">
          <legend>{texts.scopes}</legend>
          {scopes.map((scope) => (
            <label key={scope}>
              <input type="checkbox" name={scope} value="yes" /> <code>{scope}</code>
            </label>
          ))}
        </fieldset>
        <Field language={language} id="networks" label={texts.networks} hint={texts.networksHint} />
        <Field
          language={language}
          id="days"
          label={texts.days}
          value={String(keyDefaults.lifetimeDays)}
          input={{ type: 'number', min: 1, max: keyBounds.lifetimeDays }}
        />
        <Button>{texts.addButton}</Button>
      </form>
    </section>
  );
}

/** The only page that ever shows a key. */
export function IssuedKeyView({ visit, issued }: { visit: Visit; issued: IssuedKey }) {
  const { words, base, language } = visit;
  const texts = words.keys;
  return (
    <ConsoleLayout reader={visit} title={texts.issuedTitle} section="keys">
      <div class="sheet">
        <p>{fill(texts.issuedText, { id: issued.id })}</p>
        <p>
          <code class="secret">{issued.key}</code>
        </p>
        <p class="hint">
          {texts.until} <DateTime language={language} at={issued.expiresAt} style="day" />
        </p>
        <p>
          <a class="button" href={`${base}/keys/`}>
            {words.form.back}
          </a>
        </p>
      </div>
    </ConsoleLayout>
  );
}
