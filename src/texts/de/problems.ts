import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The problem types of the API, and the sentences of refusals. */
export const problems: TextsIn<'de', English['problems']> = {
  invalid_request: {
    title: 'Ungültige Daten',
    explanation: 'Ein Feld fehlt oder ist ungültig. Die Antwort nennt jedes Feld und sagt, wie es zu berichtigen ist.',
  },
  malformed_json: {
    title: 'Kein JSON',
    explanation: 'Der Inhalt der Anfrage ist kein JSON-Objekt in UTF-8.',
  },
  bad_request: {
    title: 'Fehlerhafte Anfrage',
    explanation: 'Die URL, ein Header oder der Inhalt der Anfrage ist fehlerhaft.',
  },
  unauthenticated: {
    title: 'Anmeldung erforderlich',
    explanation:
      'Die Anfrage hatte kein Token, oder ihre Sitzung ist beendet. Holen Sie über /api/request-sms/ und /api/verify-sms/ ein neues Token und senden Sie es als Authorization: Token … oder Bearer ….',
  },
  cross_site: {
    title: 'Formular einer anderen Website',
    explanation:
      'Laut Browser hat eine andere Website dieses Formular gesendet. Laden Sie die Seite neu und versuchen Sie es noch einmal.',
  },
  not_the_provider: {
    title: 'Ungültige Signatur',
    explanation: 'Der Zustellbericht ist nicht von dem Anbieter signiert, der in der URL steht.',
  },
  not_found: { title: 'Nicht gefunden', explanation: 'Unter dieser URL gibt es nichts.' },
  method_not_allowed: {
    title: 'Methode nicht erlaubt',
    explanation: 'Diese URL erlaubt die Methode nicht. Der Header Allow nennt die erlaubten.',
  },
  payload_too_large: { title: 'Anfrage zu groß', explanation: 'Der Inhalt der Anfrage ist größer als 16 KiB.' },
  uri_too_long: { title: 'URL zu lang', explanation: 'Ein Teil der URL ist länger, als dieser Dienst es je braucht.' },
  unsupported_media_type: {
    title: 'JSON erforderlich',
    explanation: 'Die API nimmt nur Content-Type: application/json ohne Content-Encoding an.',
  },
  internal_error: {
    title: 'Serverfehler',
    explanation: 'Auf dem Server ist ein Fehler aufgetreten. Er steht unter der Anfragenummer (instance) im Log.',
  },
  overloaded: {
    title: 'Server überlastet',
    explanation:
      'Der Server hat zu viele Anfragen. Nichts wurde geändert; versuchen Sie es in einigen Sekunden noch einmal (Retry-After).',
  },
  unavailable: {
    title: 'Vorübergehend nicht erreichbar',
    explanation:
      'Die Datenbank antwortet nicht. Nichts wurde geändert; versuchen Sie es in einigen Sekunden noch einmal (Retry-After).',
  },
  not_a_phone_number: {
    title: 'Keine Telefonnummer',
    explanation:
      'Die Nummer ist nicht lesbar. Schreiben Sie sie mit Ländervorwahl, etwa +49 1512 3456789, oder nennen Sie das Land in region_code.',
    sentence:
      'Das sieht nicht nach einer Telefonnummer aus. Schreiben Sie sie mit Ländervorwahl, etwa +49 1512 3456789.',
  },
  mobile_number_needed: {
    title: 'Mobilnummer erforderlich',
    explanation:
      'Codes gehen nur an Mobiltelefone. Festnetz-, Service-, Premium-, Kurz- und Internetnummern funktionieren nicht.',
    sentence: 'Es muss eine Mobilnummer sein: An Festnetz-, Service- und Kurznummern kommt kein Code an.',
  },
  country_not_served: {
    title: 'Land nicht unterstützt',
    explanation:
      'An Nummern dieses Landes werden keine Codes gesendet. Der Betreiber legt die Länder fest (SMS_COUNTRIES).',
    sentence: 'An Nummern dieses Landes senden wir keine Codes: {country}.',
    withoutCountry: 'An Satelliten- und internationale Nummern ({country}) senden wir keine Codes.',
  },
  wrong_code: {
    title: 'Falscher Code',
    explanation:
      'Der Code ist falsch, abgelaufen, schon benutzt oder von einem anderen Client angefordert. Ein Code gilt zehn Minuten und einmal, für den Client, der ihn angefordert hat, und erlaubt fünf Versuche. Fordern Sie einen neuen an.',
    sentence: 'Der Code ist falsch oder abgelaufen.',
    left: {
      one: 'Falscher Code. Noch {count} Versuch.',
      other: 'Falscher Code. Noch {count} Versuche.',
    },
    noneLeft: 'Falscher Code. Keine Versuche mehr: Fordern Sie einen neuen Code an.',
  },
  too_many_messages: {
    title: 'Zu viele Nachrichten',
    explanation:
      'Eine Nummer erhält höchstens fünf Nachrichten in der Stunde und zehn am Tag, von allen Clients zusammen. Jeder Client wartet 30, 60, dann 120 Sekunden. Auch eine IP-Adresse hat ein Limit. Retry-After sagt, wann es wieder geht.',
    sentence: 'Zu oft angefordert. Eine neue Nachricht ist {when} möglich.',
    shared: 'Diese Nummer hat schon so viele Nachrichten erhalten wie erlaubt. Eine neue ist {when} möglich.',
  },
  sending_busy: {
    title: 'Zu viele wartende Nachrichten',
    explanation:
      'Es warten so viele Nachrichten, dass der Code zu spät käme. Nichts wurde gesendet oder gezählt. Retry-After sagt, wann es wieder geht.',
    sentence: 'Wir können gerade keine Codes senden. Versuchen Sie es {when} noch einmal.',
  },
  daily_max: {
    title: 'Heute keine Nachrichten mehr',
    explanation:
      'Der Dienst sendet heute keine Codes mehr: Er hat so viele Nachrichten gesendet, wie der Betreiber am Tag erlaubt (SMS_DAILY_MAX), oder es wurden zu viele falsche Codes eingegeben. Der nächste Tag beginnt um Mitternacht UTC. Ein Gerät, das mit dieser Nummer schon angemeldet war, kann noch Codes erhalten. Retry-After sagt, wann es wieder geht.',
    sentence: 'Wir können gerade keine Codes senden. Versuchen Sie es {when} noch einmal.',
  },
  too_many_guesses: {
    title: 'Zu viele Versuche',
    explanation:
      'Aus einem Netz wurden zu viele Codes eingegeben, die dort nicht angefordert waren, oder zu viele falsche für eine Testnummer. Retry-After sagt, wann es wieder geht.',
    sentence: 'Zu viele Versuche. Versuchen Sie es {when} noch einmal.',
  },
  number_locked: {
    title: 'Anmeldung mit dieser Nummer pausiert',
    explanation:
      'Für diese Nummer wurden zu oft hintereinander falsche Codes eingegeben. Nur ein Gerät, das mit ihr schon angemeldet war, erhält neue Codes; eine Anmeldung dort oder der Betreiber beendet die Pause.',
    sentence:
      'Die Anmeldung mit dieser Nummer ist pausiert, weil zu viele falsche Codes eingegeben wurden. Melden Sie sich auf einem Gerät an, das Sie schon benutzt haben, oder schreiben Sie dem Kundendienst.',
  },
  number_not_served: {
    title: 'Nummer nicht unterstützt',
    explanation:
      'An diese Nummer werden keine Codes gesendet: Der Betreiber hat sie oder ihren Nummernbereich ausgeschlossen. Über ein Konto sagt das nichts aus.',
    sentence:
      'An diese Nummer werden keine Codes gesendet. Geben Sie eine andere ein oder wenden Sie sich an den Support.',
  },
  network_blocked: {
    title: 'Netzwerk gesperrt',
    explanation:
      'Der Betreiber hat das Netzwerk der Anfrage gesperrt. Aus anderen Netzwerken funktioniert die Anmeldung.',
    sentence:
      'Anfragen aus Ihrem Netzwerk werden nicht angenommen. Versuchen Sie es aus einem anderen Netzwerk oder wenden Sie sich an den Support.',
  },
  account_blocked: {
    title: 'Konto gesperrt',
    explanation: 'Der Code war richtig, aber das Konto ist gesperrt. Der Betreiber kann es entsperren.',
    sentence: 'Ihr Konto ist gesperrt. Wenden Sie sich an den Support.',
  },
  redeem_blocked: {
    title: 'Einlösen gesperrt',
    explanation: 'Der Betreiber hat die Nummer der Person oder ihren Nummernbereich gesperrt.',
    sentence: 'Mit Ihrer Nummer können keine Einladungscodes eingelöst werden. Wenden Sie sich an den Support.',
  },
  challenge_needed: { sentence: 'Senden Sie die challenge aus der Antwort auf die Anforderung des Codes.' },
  unknown_region: { sentence: 'Geben Sie einen Ländercode aus zwei Buchstaben ein, etwa DE.' },
  invite_code_malformed: {
    title: 'Kein Einladungscode',
    explanation:
      'Ein Einladungscode hat sechs bis neun Zeichen, Ziffern und Konsonanten, etwa KX3RT7. Groß- und Kleinschreibung, Leerzeichen und Tastaturlayout spielen keine Rolle.',
    sentence: 'Ein Einladungscode hat sechs bis neun Zeichen, Ziffern und Buchstaben.',
  },
  invite_code_unknown: {
    title: 'Code unbekannt',
    explanation: 'Niemand hat diesen Einladungscode. Fragen Sie die Person, die Sie eingeladen hat.',
    sentence: 'Diesen Einladungscode gibt es nicht.',
  },
  invite_code_own: {
    title: 'Das ist Ihr eigener Code',
    explanation: 'Ihr eigener Code ist für andere: Selbst einlösen können Sie ihn nicht.',
    sentence: 'Ihren eigenen Einladungscode können Sie nicht einlösen.',
  },
  invite_code_already_redeemed: {
    title: 'Schon ein Code eingelöst',
    explanation: 'Sie können einen einzigen Code einlösen, und er lässt sich nicht ersetzen.',
    sentence: 'Sie haben schon einen anderen Einladungscode eingelöst.',
  },
  invite_code_circle: {
    title: 'Die Einladungen ergäben einen Kreis',
    explanation: 'Sie oder jemand, den Sie eingeladen haben, hat diese Person eingeladen.',
    sentence: 'Sie oder jemand, den Sie eingeladen haben, hat diese Person eingeladen.',
  },
  invite_not_working: {
    title: 'Die Einladung gilt nicht',
    explanation:
      'Diese Einladung gibt es nicht, oder das Konto dazu wurde gelöscht. Sie können sich auch ohne sie registrieren.',
    sentence:
      'Diese Einladung gibt es nicht, oder das Konto dazu wurde gelöscht. Sie können sich auch ohne sie registrieren.',
  },
  too_many_redeem_attempts: {
    title: 'Zu viele Versuche',
    explanation:
      'In der Stunde lassen sich höchstens hundert Einladungscodes prüfen. Retry-After sagt, wann es wieder geht.',
    sentence: 'Zu viele Versuche. Versuchen Sie es {when} noch einmal.',
  },
  recent_sign_in_required: {
    title: 'Neuer Code erforderlich',
    explanation:
      'Ein Konto lässt sich nur in den fünf Minuten nach einer Anmeldung löschen. Melden Sie sich neu an und wiederholen Sie die Anfrage.',
    sentence:
      'Ein Konto lässt sich nur in den fünf Minuten nach einer Anmeldung löschen. Melden Sie sich neu an und versuchen Sie es noch einmal.',
  },
  too_many_profile_attempts: {
    title: 'Zu viele Versuche',
    explanation:
      'Höchstens zwanzig Mal in der Stunde lassen sich Benutzernamen und E-Mail-Adressen anderer eingeben. Retry-After sagt, wann es wieder geht.',
    sentence: 'Zu viele Versuche. Versuchen Sie es {when} noch einmal.',
  },
  username_taken: { sentence: 'Dieser oder ein sehr ähnlicher Benutzername ist schon vergeben.' },
  username_invalid: {
    sentence:
      'Verwenden Sie Buchstaben, Ziffern und Zeichen der Tastatur: keine Emojis, keine unsichtbaren Zeichen, eine Schreibrichtung.',
  },
  email_taken: { sentence: 'Diese E-Mail-Adresse gehört schon zu einem anderen Konto.' },
  email_invalid: { sentence: 'Geben Sie eine gültige E-Mail-Adresse ein.' },
  control_characters: { sentence: 'Entfernen Sie die Steuerzeichen.' },
};

/** The sentences about a field. */
export const validation: TextsIn<'de', English['validation']> = {
  required: 'Bitte ausfüllen.',
  blank: 'Dieses Feld darf nicht leer sein.',
  notAString: 'Hier ist ein Text erforderlich.',
  notAnObject: 'Hier ist ein JSON-Objekt erforderlich.',
  tooLong: { one: 'Höchstens {count} Zeichen.', other: 'Höchstens {count} Zeichen.' },
  email: 'Geben Sie eine gültige E-Mail-Adresse ein.',
  controlCharacters: 'Entfernen Sie die Steuerzeichen.',
  regionCode: 'Geben Sie einen Ländercode aus zwei Buchstaben ein, etwa DE.',
  unknown: 'Dieses Feld gibt es nicht.',
  generic: 'Dieser Wert ist ungültig.',
};

/** The sentences about a missing or invalid token. */
export const credentials: TextsIn<'de', English['credentials']> = {
  missing: 'Es wurden keine Anmeldedaten übermittelt.',
  invalid: 'Ungültiges Token.',
};
