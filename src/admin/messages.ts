import type { ClientProblem } from '../config/oidc-client.ts';
import { formatDelay } from '../http/problem.ts';
import { problemKinds, type RefusalTable } from '../http/refusal.ts';
import { fill } from '../kit/text.ts';
import { acts } from '../operators/act.ts';
import { profileRefusals } from '../profile/messages.ts';
import type { English } from '../texts/english.ts';
import { inEachLanguage, problemTexts } from '../texts/texts.ts';
import { verificationProblems } from '../verifications/messages.ts';
import type { AdminRefusal, VerificationRefused } from './result.ts';

/** The title, the explanation and the sentence of a problem; placeholders of the sentence get values from the refusal. */
function textsOf(code: keyof English['management']) {
  return {
    title: inEachLanguage<string>(({ management }) => management[code].title),
    explanation: inEachLanguage<string>(({ management }) => management[code].explanation),
    sentence: inEachLanguage<string>(({ management }) => management[code].sentence),
  };
}

function waitTextsOf(code: 'too_many_key_requests' | 'request_in_progress') {
  return {
    ...textsOf(code),
    sentence: inEachLanguage(
      ({ management }, language) =>
        ({ retryInSeconds }: { readonly retryInSeconds: number }) =>
          fill(management[code].sentence, { when: formatDelay(language, retryInSeconds) }),
    ),
  };
}

const scopeTexts = {
  ...textsOf('scope_missing'),
  sentence: inEachLanguage(
    ({ management }) =>
      (refusal: { readonly act: keyof typeof acts }) =>
        fill(management.scope_missing.sentence, { scope: scopeOf(refusal) }),
  ),
};

/** The scope that a refused act needs; no key has that of an act which keys may not do. */
export function scopeOf({ act }: { readonly act: keyof typeof acts }): string {
  return acts[act].scope ?? 'none';
}

/** The answer to a field that is refused. */
function invalid<F extends string | ((refusal: never) => string)>(
  code: keyof Omit<English['managementFields'], 'client_invalid'>,
  field: F,
) {
  const sentence = inEachLanguage<string>(({ managementFields }) => managementFields[code]);
  return { status: 400, sentence, field, retry: null } as const;
}

/** The answers to the refusals of the management API. */
export const adminRefusals = {
  ...profileRefusals,
  api_key_needed: { status: 401, ...textsOf('api_key_needed'), field: null, retry: null },
  scope_missing: {
    status: 403,
    ...scopeTexts,
    field: null,
    retry: null,
    facts: (refusal) => ({ scope: scopeOf(refusal) }),
  },
  network_not_allowed: { status: 403, ...textsOf('network_not_allowed'), field: null, retry: null },
  too_many_key_requests: {
    status: 429,
    ...waitTextsOf('too_many_key_requests'),
    field: null,
    retry: ({ retryInSeconds, limit }) => ({ seconds: retryInSeconds, limit }),
  },
  idempotency_key_needed: { status: 400, ...textsOf('idempotency_key_needed'), field: null, retry: null },
  idempotency_key_reused: { status: 422, ...textsOf('idempotency_key_reused'), field: null, retry: null },
  request_in_progress: {
    status: 409,
    ...waitTextsOf('request_in_progress'),
    field: null,
    retry: ({ retryInSeconds }) => ({ seconds: retryInSeconds }),
  },
  not_found: {
    status: 404,
    ...problemTexts('not_found'),
    sentence: problemTexts('not_found').explanation,
    field: null,
    retry: null,
  },
  unknown_cursor: invalid('unknown_cursor', 'after'),
  time_malformed: invalid('time_malformed', ({ field }: { readonly field: string }) => field),
  file_malformed: invalid('file_malformed', 'non_field_errors'),
  region_unknown: invalid('region_unknown', 'region'),
  one_filter: invalid('one_filter', 'non_field_errors'),
  not_a_phone_number: invalid('not_a_phone_number', 'phone'),
  webhooks_too_many: invalid('webhooks_too_many', 'non_field_errors'),
  webhook_url_invalid: invalid('webhook_url_invalid', 'url'),
  webhook_url_not_https: invalid('webhook_url_not_https', 'url'),
  webhook_event_unknown: invalid('webhook_event_unknown', 'events'),
  webhook_events_missing: invalid('webhook_events_missing', 'events'),
  webhook_description_invalid: invalid('webhook_description_invalid', 'description'),
  block_malformed: invalid('block_malformed', 'value'),
  block_too_wide: invalid('block_too_wide', 'value'),
  person_unknown: invalid('person_unknown', 'value'),
  end_in_the_past: invalid('end_in_the_past', 'ends_at'),
  client_invalid: {
    status: 400,
    sentence: inEachLanguage(
      ({ managementFields }) =>
        ({ member, reason }: ClientProblem) =>
          fill(managementFields.client_invalid, { member, reason }),
    ),
    field: ({ member }) => (member === 'client' ? 'non_field_errors' : member),
    retry: null,
  },
  client_exists: invalid('client_exists', 'client_id'),
  client_read_only: invalid('client_read_only', 'non_field_errors'),
} satisfies RefusalTable<Exclude<AdminRefusal, VerificationRefused>>;

/** The problem types of the management API, beside those of any route. */
export const adminProblems = { ...verificationProblems, ...problemKinds(adminRefusals) };
