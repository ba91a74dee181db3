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

interface FormProps {
  visit: Visit;
  fields: ClientFields;
  error?: { readonly field: string; readonly text: string } | undefined;
}

/** The form of a new app. */
export function ClientForm(props: FormProps) {
  const { visit, fields } = props;
  const { words, base } = visit;
  const texts = words.clients;
  return (
    <form method="post" action={`${base}/clients/add/`} enctype="multipart/form-data">
      <Field
        {...fieldProps(props, 'client_id')}
        label={texts.id}
        hint={texts.idHint}
        input={{ required: true, maxLength: 64, autocomplete: 'off' }}
      />
      <Select
        id="kind"
        label={texts.kind}
        selected={fields.kind ?? 'web'}
        options={clientKinds.map((kind) => [kind, texts.kinds[kind]] as const)}
      />
      <Lines {...fieldProps(props, 'redirect_uris')} label={texts.redirects} hint={texts.redirectsHint} />
      <Lines {...fieldProps(props, 'post_logout_redirect_uris')} label={texts.logouts} hint={texts.redirectsHint} />
      <Field {...fieldProps(props, 'backchannel_logout_uri')} label={texts.backchannel} input={{ maxLength: 500 }} />
      <LookFields {...props} />
      <p>
        <label>
          <input type="checkbox" name="first_party" value="yes" checked={fields.first_party === 'yes'} />{' '}
          {texts.firstPartyLabel}
        </label>
      </p>
      <Button>{texts.addButton}</Button>
    </form>
  );
}

/** The name, the colour and the logo of the app on the pages of its sign-ins. */
function LookFields(props: FormProps) {
  const texts = props.visit.words.clients;
  return (
    <>
      <Field {...fieldProps(props, 'client_name')} label={texts.name} input={{ maxLength: 60, autocomplete: 'off' }} />
      <Field
        {...fieldProps(props, 'color')}
        label={texts.color}
        hint={texts.colorHint}
        input={{ maxLength: 20, autocomplete: 'off' }}
      />
      <Field
        {...fieldProps(props, 'logo_uri')}
        value={undefined}
        label={texts.logo}
        hint={texts.logoHint}
        input={{ type: 'file', accept: 'image/png,image/webp' }}
      />
    </>
  );
}

function fieldProps({ visit: { language }, fields, error }: FormProps, id: string) {
  return { language, id, value: fields[id], ...(error?.field === id ? { error: error.text } : {}) };
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
