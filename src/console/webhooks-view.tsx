import { DateTime } from '../http/date-time.tsx';
import { Button, Field, Notice } from '../http/form.tsx';
import { eventTypes } from '../webhooks/endpoint.ts';
import type { EndpointRow } from '../webhooks/store.ts';
import { ConsoleLayout } from './layout.tsx';
import { Shown } from './shown.tsx';
import { DataTable } from './table.tsx';
import type { Visit } from './visit.ts';

/** The endpoints of webhooks, and the form for a new one. */
export function WebhooksView({
  visit,
  endpoints,
  notice,
}: {
  visit: Visit;
  endpoints: readonly EndpointRow[];
  notice: keyof Visit['words']['notices'] | undefined;
}) {
  const { words } = visit;
  const texts = words.webhooks;
  return (
    <ConsoleLayout reader={visit} title={words.nav.webhooks} section="webhooks">
      {notice && <Notice>{words.notices[notice]}</Notice>}
      <p>{texts.lead}</p>
      <DataTable
        caption={words.nav.webhooks}
        empty={texts.none}
        heads={[texts.url, texts.events, texts.state, texts.waiting, words.form.acts]}
        rows={endpoints.map((endpoint) => ({ key: endpoint.id, cells: endpointCells(visit, endpoint) }))}
      />
      <NewEndpoint visit={visit} />
    </ConsoleLayout>
  );
}

function endpointCells(visit: Visit, endpoint: EndpointRow) {
  const texts = visit.words.webhooks;
  return [
    <>
      <Shown text={endpoint.url} />
      <br />
      <span class="hint">
        <Shown text={endpoint.description} />
      </span>
    </>,
    <>
      {endpoint.events.join(', ')}
      {endpoint.with_numbers && <p class="hint">{texts.withNumbers}</p>}
    </>,
    <State visit={visit} endpoint={endpoint} />,
    endpoint.waiting,
    <EndpointActs visit={visit} endpoint={endpoint} />,
  ];
}

function State({ visit: { words, language }, endpoint }: { visit: Visit; endpoint: EndpointRow }) {
  const texts = words.webhooks;
  const { disabled_at: disabled, disabled_reason: reason, failing_since: failing } = endpoint;
  if (disabled)
    return (
      <>
        {texts.disabled[reason ?? 'operator']} <DateTime language={language} at={disabled} style="moment" />
      </>
    );
  return failing ? (
    <>
      {texts.failing} <DateTime language={language} at={failing} style="moment" />
    </>
  ) : (
    texts.works
  );
}

function EndpointActs({ visit: { words, base }, endpoint }: { visit: Visit; endpoint: EndpointRow }) {
  const texts = words.webhooks;
  const acts = endpoint.disabled_at
    ? (['enable', 'rotate', 'delete'] as const)
    : (['test', 'disable', 'rotate', 'delete'] as const);
  return (
    <div class="links">
      <a href={`${base}/webhooks/events/?id=${endpoint.id}`}>
        {texts.acts.events}
        <span class="sr">
          {' '}
          <Shown text={endpoint.url} />
        </span>
      </a>
      {acts.map((act) => (
        <form key={act} method="post" action={`${base}/webhooks/${act}/`}>
          <input type="hidden" name="id" value={endpoint.id} />
          <button class="link" type="submit">
            {texts.acts[act]}
            <span class="sr">
              {' '}
              <Shown text={endpoint.url} />
            </span>
          </button>
        </form>
      ))}
    </div>
  );
}

function NewEndpoint({ visit: { words, base, language } }: { visit: Visit }) {
  const texts = words.webhooks;
  return (
    <section class="sheet" aria-labelledby="add-title">
      <h2 id="add-title">{texts.add}</h2>
      <form method="post" action={`${base}/webhooks/add/`}>
        <Field
          language={language}
          id="url"
          label={texts.url}
          input={{ type: 'url', required: true, maxLength: 2000, placeholder: 'https://', autocomplete: 'off' }}
        />
        <Field language={language} id="description" label={texts.description} input={{ maxLength: 200 }} />
        <fieldset class="choices">
          <legend>{texts.events}</legend>
          {eventTypes.map((type) => (
            <label key={type}>
              <input type="checkbox" name={type} value="yes" /> <code>{type}</code>
            </label>
          ))}
        </fieldset>
        <fieldset class="choices">
          <legend>{texts.personal}</legend>
          <label>
            <input type="checkbox" name="numbers" value="yes" /> {texts.withNumbers}
          </label>
        </fieldset>
        <Button>{texts.addButton}</Button>
      </form>
    </section>
  );
}

/** The only page that ever shows a secret. */
export function SecretView({ visit, secret }: { visit: Visit; secret: string }) {
  const { words, base } = visit;
  const texts = words.webhooks;
  return (
    <ConsoleLayout reader={visit} title={texts.secretTitle} section="webhooks">
      <div class="sheet">
        <p>{texts.secretText}</p>
        <p>
          <code class="secret">{secret}</code>
        </p>
        <p>
          <a class="button" href={`${base}/webhooks/`}>
            {words.form.back}
          </a>
        </p>
      </div>
    </ConsoleLayout>
  );
}
