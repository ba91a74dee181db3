import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The problem types of the management API, and the sentences of its refusals. */
export const management: TextsIn<'de', English['management']> = {
  api_key_needed: {
    title: 'API-Schlüssel erforderlich',
    explanation:
      'Die Verwaltungs-API verlangt einen gültigen API-Schlüssel: Authorization: Bearer …. Unbekannte, abgelaufene und widerrufene Schlüssel werden abgelehnt. Der Betreiber stellt Schlüssel über die Kommandozeile aus.',
    sentence: 'Ein gültiger API-Schlüssel ist erforderlich.',
  },
  scope_missing: {
    title: 'Berechtigung fehlt',
    explanation:
      'Dem API-Schlüssel fehlt die Berechtigung, die dieser Aufruf verlangt; das Feld scope nennt sie. Der Betreiber kann einen Schlüssel mit dieser Berechtigung ausstellen.',
    sentence: 'Dem API-Schlüssel fehlt die Berechtigung {scope}.',
  },
  network_not_allowed: {
    title: 'Netz nicht zugelassen',
    explanation: 'Der API-Schlüssel gilt nur in bestimmten Netzen, und diese Anfrage kommt aus einem anderen.',
    sentence: 'Dieser API-Schlüssel darf aus Ihrem Netz nicht verwendet werden.',
  },
  too_many_key_requests: {
    title: 'Zu viele Anfragen',
    explanation: 'Der API-Schlüssel hat seine Anfragen pro Minute verbraucht (Retry-After).',
    sentence: 'Zu viele Anfragen mit diesem API-Schlüssel. Versuchen Sie es {when} erneut.',
  },
  idempotency_key_needed: {
    title: 'Idempotenzschlüssel erforderlich',
    explanation:
      'Jeder schreibende Aufruf braucht den Header Idempotency-Key: höchstens 255 Zeichen, etwa eine UUID, neu für jede Aktion und gleich bei ihren Wiederholungen.',
    sentence: 'Senden Sie den Header Idempotency-Key mit höchstens 255 Zeichen, etwa eine UUID in Anführungszeichen.',
  },
  idempotency_key_reused: {
    title: 'Idempotenzschlüssel bereits verwendet',
    explanation:
      'Derselbe Idempotency-Key kam innerhalb eines Tages mit einer anderen Anfrage. Eine neue Aktion braucht einen neuen Schlüssel.',
    sentence: 'Dieser Idempotency-Key gehört zu einer anderen Anfrage.',
  },
  verification_ended: {
    title: 'Bestätigung beendet',
    explanation:
      'Eine Bestätigung endet, wenn ihr Code eingegeben oder sie abgebrochen wurde, nach zehn Minuten und nach fünf falschen Codes. Starten Sie eine neue.',
    sentence: 'Diese Bestätigung ist beendet. Starten Sie eine neue.',
  },
  request_in_progress: {
    title: 'Anfrage läuft noch',
    explanation:
      'Die erste Anfrage mit diesem Idempotency-Key läuft noch. Ihre Antwort erhalten Sie durch eine Wiederholung (Retry-After).',
    sentence: 'Die erste Anfrage mit diesem Idempotency-Key läuft noch. Versuchen Sie es {when} erneut.',
  },
};

/** Sentences about a field of the management API. */
export const managementFields: TextsIn<'de', English['managementFields']> = {
  unknown_cursor: 'Dieser Cursor gehört zu keiner Seite dieser Liste.',
  block_malformed: 'Dieser Wert passt nicht zu dieser Art.',
  block_too_wide: 'Dieses Netz ist zu groß: mindestens /8 bei IPv4 und /16 bei IPv6.',
  end_in_the_past: 'Das Ende muss in der Zukunft liegen.',
  person_unknown: 'Diese Person gibt es nicht.',
  time_malformed: 'Das ist keine Zeit wie 2026-12-31T12:00:00Z.',
  region_unknown: 'Das ist kein Land mit Telefonnummern, wie RU.',
  file_malformed:
    'Die Datei lässt sich nicht bis zum Ende lesen. Die Datensätze vor dem Fehler wurden möglicherweise importiert.',
  one_filter: 'Es ist nur ein Filter auf einmal möglich.',
  not_a_phone_number: 'Das ist keine Telefonnummer. Schreiben Sie sie mit der Ländervorwahl.',
  webhooks_too_many: 'Mehr Endpunkte sind nicht möglich.',
  webhook_url_invalid: 'Diese URL ist ungeeignet: ohne Benutzer, Passwort und Fragment.',
  webhook_url_not_https: 'Die URL muss mit https:// beginnen.',
  webhook_event_unknown: 'Diesen Ereignistyp gibt es nicht.',
  webhook_events_missing: 'Mindestens ein Ereignistyp ist nötig.',
  client_invalid: 'Die App wird nicht angenommen: {member} {reason}',
  client_exists: 'Eine App mit dieser ID gibt es schon.',
  client_read_only: 'Diese App steht in CLIENTS_FILE und wird dort geändert.',
  webhook_description_invalid: 'Höchstens 200 Zeichen und keine Steuerzeichen.',
};
