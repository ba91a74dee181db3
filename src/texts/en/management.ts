/** The problem types of the management API, and the sentences of its refusals. */
export const management = {
  api_key_needed: {
    title: 'API key needed',
    explanation:
      'The management API needs a valid API key: Authorization: Bearer …. A key is refused when it is unknown, expired or revoked. An operator issues keys on the command line.',
    sentence: 'A valid API key is needed.',
  },
  scope_missing: {
    title: 'Scope missing',
    explanation:
      'The API key does not have the scope that this call needs; the member scope names it. An operator can issue a key that has it.',
    sentence: 'The API key lacks the scope {scope}.',
  },
  network_not_allowed: {
    title: 'Network not allowed',
    explanation: 'The API key may be used from certain networks only, and this request comes from another one.',
    sentence: 'This API key may not be used from your network.',
  },
  too_many_key_requests: {
    title: 'Too many requests',
    explanation: 'The API key has used up its requests of the minute (Retry-After).',
    sentence: 'Too many requests with this API key. Try again {when}.',
  },
  idempotency_key_needed: {
    title: 'Idempotency key needed',
    explanation:
      'Every call that writes needs the header Idempotency-Key: a text of at most 255 characters, such as a UUID, that is new for each act and the same for its retries.',
    sentence: 'Send the header Idempotency-Key, such as a UUID in quotation marks, with at most 255 characters.',
  },
  idempotency_key_reused: {
    title: 'Idempotency key used before',
    explanation: 'The same Idempotency-Key came with another request within a day. A new act needs a new key.',
    sentence: 'This Idempotency-Key belongs to another request.',
  },
  verification_ended: {
    title: 'Verification has ended',
    explanation:
      'A verification ends when its code was entered, when it was canceled, after ten minutes, and after five wrong codes. Start a new one.',
    sentence: 'This verification has ended. Start a new one.',
  },
  request_in_progress: {
    title: 'Request in progress',
    explanation:
      'The first request with this Idempotency-Key is still running. Its response can be fetched by a retry (Retry-After).',
    sentence: 'The first request with this Idempotency-Key is still running. Try again {when}.',
  },
} as const;

/** Sentences about a field of the management API. */
export const managementFields = {
  unknown_cursor: 'This cursor is from no page of this list.',
  block_malformed: 'This is no value of that kind.',
  block_too_wide: 'This network is too wide: at least /8 for IPv4 and /16 for IPv6.',
  end_in_the_past: 'The end has to be in the future.',
  person_unknown: 'There is no such person.',
  time_malformed: 'This is no time, such as 2026-12-31T12:00:00Z.',
  region_unknown: 'This is no country that has telephone numbers, such as RU.',
  file_malformed: 'The file cannot be read to its end. The records before the fault may have been imported.',
  one_filter: 'Only one filter can be given at a time.',
  not_a_phone_number: 'This is no phone number. Write it with its country code.',
  webhooks_too_many: 'There are as many endpoints as there may be.',
  webhook_url_invalid: 'This is no URL for events: no user, no password and no fragment.',
  webhook_url_not_https: 'The URL has to begin with https://.',
  webhook_event_unknown: 'There is no such type of event.',
  webhook_events_missing: 'At least one type of event is needed.',
  client_invalid: 'The app is not accepted: {member} {reason}',
  client_exists: 'There is an app with this id already.',
  client_read_only: 'This app is in CLIENTS_FILE: it is changed there.',
  webhook_description_invalid: 'At most 200 characters, and no control characters.',
} as const;
