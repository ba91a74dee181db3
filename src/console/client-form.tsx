import { nearestReadable, parseColor } from '../brand/contrast.ts';
import { Button, Field, FieldErrorText } from '../http/form.tsx';
import { fill } from '../kit/text.ts';
import { clientKinds } from '../oidc/client-kind.ts';
import { Select } from './table.tsx';
import type { Visit } from './visit.ts';

/** The fields of the form of an app, as they were typed. */
export type ClientFields = Readonly<Record<string, string>>;

/** The fields that can be wrong, each with the name that descriptions have. */
const fieldNames = [
  'client_id',
  'client_name',
  'redirect_uris',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'color',
  'logo_uri',
] as const;

/** The field and the sentence of a refused description. */
export function clientError({ words }: Visit, member: string, fields: ClientFields) {
  const { errors } = words.clients;
  const field = fieldNames.find((name) => name === member) ?? 'client_id';
  const color = field === 'color' ? parseColor((fields.color ?? '').trim()) : undefined;
  return { field, text: color ? fill(errors.colorUnreadable, { nearest: nearestReadable(color) }) : errors[field] };
}

/** The form of a new app. */
export function ClientForm({
  visit,
  fields,
  error,
}: {
  visit: Visit;
  fields: ClientFields;
  error?: { readonly field: string; readonly text: string } | undefined;
}) {
  const { words, base, language } = visit;
  const texts = words.clients;
  const props = (id: string) => ({
    language,
    id,
    value: fields[id],
    ...(error?.field === id ? { error: error.text } : {}),
  });
  return (
    <form method="post" action={`${base}/clients/add/`} enctype="multipart/form-data">
      <Field
        {...props('client_id')}
        label={texts.id}
        hint={texts.idHint}
        input={{ required: true, maxLength: 64, autocomplete: 'off' }}
      />
      <Field {...props('client_name')} label={texts.name} input={{ maxLength: 60, autocomplete: 'off' }} />
      <Select
        id="kind"
        label={texts.kind}
        selected={fields.kind ?? 'web'}
        options={clientKinds.map((kind) => [kind, texts.kinds[kind]] as const)}
      />
      <Lines {...props('redirect_uris')} label={texts.redirects} hint={texts.redirectsHint} />
      <Lines {...props('post_logout_redirect_uris')} label={texts.logouts} hint={texts.redirectsHint} />
      <Field {...props('backchannel_logout_uri')} label={texts.backchannel} input={{ maxLength: 500 }} />
      <Field
        {...props('color')}
        label={texts.color}
        hint={texts.colorHint}
        input={{ maxLength: 20, autocomplete: 'off' }}
      />
      <Field
        {...props('logo_uri')}
        value={undefined}
        label={texts.logo}
        hint={texts.logoHint}
        input={{ type: 'file', accept: 'image/png,image/webp' }}
      />
      <div class="choices">
        <label>
          <input type="checkbox" name="first_party" value="yes" checked={fields.first_party === 'yes'} />{' '}
          {texts.firstPartyLabel}
        </label>
      </div>
      <Button>{texts.addButton}</Button>
    </form>
  );
}

function Lines({
  language,
  id,
  label,
  hint,
  value,
  error,
}: {
  language: Visit['language'];
  id: string;
  label: string;
  hint: string;
  value?: string | undefined;
  error?: string | undefined;
}) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
      <FieldErrorText language={language} id={id} error={error} />
      <textarea
        id={id}
        name={id}
        rows={3}
        maxLength={4000}
        spellcheck={false}
        aria-describedby={error ? `${id}-hint ${id}-error` : `${id}-hint`}
        aria-invalid={error ? 'true' : undefined}
      >
        {value ?? ''}
      </textarea>
    </div>
  );
}
