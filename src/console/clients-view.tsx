import { DateTime } from '../http/date-time.tsx';
import { ErrorSummary, Notice } from '../http/form.tsx';
import { fill } from '../kit/text.ts';
import type { ListedClient } from '../oidc/client-store.ts';
import { type ClientFields, ClientForm, clientError } from './client-form.tsx';
import { FreshCodeFirst } from './fresh-code-view.tsx';
import { ConsoleLayout } from './layout.tsx';
import { Shown } from './shown.tsx';
import { DataTable } from './table.tsx';
import type { Visit } from './visit.ts';

/** The props of the page of apps. */
export interface ClientsProps {
  visit: Visit;
  clients: readonly ListedClient[];
  notice: keyof Visit['words']['notices'] | undefined;
  /** Whether the instance signs people in to no app. */
  isOff: boolean;
  /** The form that was refused, and the member that was wrong. */
  wrong?: { readonly fields: ClientFields; readonly member: string } | undefined;
}

/** The apps that sign people in, and the form for a new one. */
export function ClientsView({ visit, clients, notice, isOff, wrong }: ClientsProps) {
  const { words, language } = visit;
  const texts = words.clients;
  const error = wrong && clientError(visit, wrong.member, wrong.fields);
  return (
    <ConsoleLayout reader={visit} title={words.nav.clients} section="clients" hasError={!!error}>
      {notice && <Notice>{words.notices[notice]}</Notice>}
      <ErrorSummary language={language} errors={error ? [error] : []} />
      <p>{texts.lead}</p>
      {isOff && <p class="hint">{texts.off}</p>}
      <DataTable
        caption={words.nav.clients}
        empty={texts.none}
        heads={[texts.app, texts.may, texts.redirects, texts.added, words.form.acts]}
        rows={clients.map((client) => ({ key: client.id, cells: cellsOf(visit, client) }))}
      />
      <section class="sheet" aria-labelledby="add-title">
        <h2 id="add-title">{texts.add}</h2>
        {visit.actor.hasFreshCode ? (
          <ClientForm visit={visit} fields={wrong?.fields ?? {}} error={error} />
        ) : (
          <FreshCodeFirst visit={visit} path="/clients/add/" back="/clients/" lead={texts.codeFirst} />
        )}
      </section>
    </ConsoleLayout>
  );
}

function cellsOf(visit: Visit, client: ListedClient) {
  const { id, metadata, created_at: createdAt } = client;
  const { words, language } = visit;
  return [
    <>
      <Shown text={metadata.client_name} />
      <br />
      <code class="hint">{id}</code>
    </>,
    <Rights visit={visit} client={client} />,
    metadata.redirect_uris.map((uri) => (
      <div key={uri}>
        <Shown text={uri} />
      </div>
    )),
    createdAt ? <DateTime language={language} at={createdAt} style="day" /> : words.clients.inFile,
    createdAt ? <ClientActs visit={visit} client={client} /> : '',
  ];
}

/** The rights of an app: its kind, its consent, its scopes and its APIs. */
function Rights({ visit: { words, language }, client }: { visit: Visit; client: ListedClient }) {
  const texts = words.clients;
  const { metadata, previous_until: previousUntil } = client;
  const apis = Object.entries(metadata.resources ?? {});
  return (
    <>
      {metadata.first_party ? texts.firstParty : texts.thirdParty}
      <br />
      {metadata.scope ? <code>{metadata.scope}</code> : texts.anyScope}
      {apis.map(([api, scopes]) => (
        <div key={api}>
          {api}: <code>{scopes}</code>
        </div>
      ))}
      {previousUntil && (
        <p class="hint">
          {texts.oldUntil} <DateTime language={language} at={previousUntil} style="moment" />
        </p>
      )}
    </>
  );
}

function ClientActs({ visit: { words, base }, client: { id, metadata } }: { visit: Visit; client: ListedClient }) {
  const hasSecret = metadata.token_endpoint_auth_method.startsWith('client_secret_');
  const acts = [
    ...(hasSecret ? [['rotate', words.clients.rotate] as const] : []),
    ['remove', words.clients.remove] as const,
  ];
  return (
    <div class="links">
      {acts.map(([act, label]) => (
        <form key={act} method="post" action={`${base}/clients/${act}/`}>
          <input type="hidden" name="id" value={id} />
          <button class="link" type="submit">
            {label}
            <span class="sr"> {id}</span>
          </button>
        </form>
      ))}
    </div>
  );
}

/** The only page that ever shows a secret. */
export function IssuedSecretView({
  visit: reader,
  id,
  secret,
  isRotated,
}: {
  visit: Visit;
  id: string;
  secret: string;
  isRotated?: boolean;
}) {
  const { words, base } = reader;
  const texts = words.clients;
  return (
    <ConsoleLayout reader={reader} title={texts.issuedTitle} section="clients">
      <div class="sheet">
        <p>{fill(texts.issuedText, { id })}</p>
        <p>
          <code class="secret">{secret}</code>
        </p>
        {isRotated && <p class="hint">{texts.rotatedText}</p>}
        <p>
          <a class="button" href={`${base}/clients/`}>
            {words.form.back}
          </a>
        </p>
      </div>
    </ConsoleLayout>
  );
}
