import type { KeyRefusal } from '../api-keys/api-key.ts';
import type { BlockActRefusal } from '../blocks/blocks.ts';
import { Button } from '../http/form.tsx';
import { HiddenFields } from '../http/problem-view.tsx';
import type { ClientRefusal } from '../oidc/manage-clients.ts';
import type { ActRefusal } from '../operators/actor.ts';
import type { ProfileRefusal } from '../profile/profile.ts';
import type { TeamRefusal } from '../team/refusal.ts';
import type { WebhookRefusal } from '../webhooks/endpoint.ts';
import type { ActForm } from './act-form.ts';
import { ConsoleLayout } from './layout.tsx';
import type { Visit } from './visit.ts';

/** A refusal that a page of the console can meet. */
export type RefusalCode =
  | ActRefusal['code']
  | TeamRefusal['code']
  | KeyRefusal['code']
  | ClientRefusal['code']
  | BlockActRefusal['code']
  | WebhookRefusal['code']
  | ProfileRefusal['code']
  | 'file_malformed'
  | 'file_too_large'
  | 'region_unknown'
  | 'export_running'
  | 'unknown_cursor'
  | 'not_a_phone_number'
  | 'too_many_acts';

const statuses: Readonly<Record<RefusalCode, number>> = {
  act_not_allowed: 403,
  reason_needed: 400,
  fresh_code_needed: 403,
  no_account: 404,
  already_operator: 409,
  not_operator: 404,
  last_owner: 409,
  key_name_invalid: 400,
  scope_unknown: 400,
  scopes_missing: 400,
  network_invalid: 400,
  networks_too_many: 400,
  number_out_of_range: 400,
  key_unknown: 404,
  key_revoked: 409,
  key_overlaps: 409,
  client_invalid: 400,
  client_exists: 409,
  client_unknown: 404,
  client_read_only: 409,
  block_malformed: 400,
  block_too_wide: 400,
  person_unknown: 404,
  block_unknown: 404,
  end_in_the_past: 400,
  webhook_unknown: 404,
  webhooks_too_many: 409,
  webhook_url_invalid: 400,
  webhook_url_not_https: 400,
  webhook_event_unknown: 400,
  webhook_events_missing: 400,
  webhook_description_invalid: 400,
  username_taken: 409,
  email_taken: 409,
  username_invalid: 400,
  email_invalid: 400,
  control_characters: 400,
  too_long: 400,
  too_many_profile_attempts: 429,
  file_malformed: 400,
  file_too_large: 413,
  region_unknown: 400,
  export_running: 503,
  unknown_cursor: 400,
  not_a_phone_number: 400,
  too_many_acts: 429,
};

/** The status of the page of a refusal. */
export function statusOf(code: RefusalCode): number {
  return statuses[code];
}

/** The page of an act that was not done. */
export function RefusalView({ visit, code, form }: { visit: Visit; code: RefusalCode; form: ActForm }) {
  const { words, base } = visit;
  return (
    <ConsoleLayout reader={visit} title={words.form.refused} hasError>
      <div class="sheet narrow">
        <p class="wrong" role="alert">
          {words.refusals[code]}
        </p>
        {form.path.startsWith('/number/') && form.fields.reason ? (
          <BackToNumber visit={visit} form={form} />
        ) : (
          <p>
            <a class="button" href={base + form.back}>
              {words.form.back}
            </a>
          </p>
        )}
      </div>
    </ConsoleLayout>
  );
}

/** The way back to a number, which no URL has: the look needs its reason again. */
function BackToNumber({ visit: { words, base }, form: { fields } }: { visit: Visit; form: ActForm }) {
  const { text = '', reason = '' } = fields;
  return (
    <form method="post" action={`${base}/number/`}>
      <HiddenFields
        fields={[
          ['text', text],
          ['reason', reason],
        ]}
      />
      <Button>{words.number.backToNumber}</Button>
    </form>
  );
}
