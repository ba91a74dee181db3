import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The texts that every page shares. */
export const site: TextsIn<'de', English['site']> = {
  skip: 'Zum Inhalt',
  language: 'Sprache',
  signOut: 'Abmelden',
  api: 'API',
  brandLinks: { terms: 'Nutzungsbedingungen', privacy: 'Datenschutz', support: 'Hilfe' },
  motto: 'Anmelden mit der Telefonnummer, eingeladen von Freunden. Ohne Passwort.',
  signInBy: 'Anmeldung über {name}',
  error: 'Fehler:',
  summary: 'Bitte prüfen',
  errorEyebrow: 'Das hat nicht geklappt',
  details: 'Details',
  errorStatus: 'Fehler',
  requestId: 'Anfragenummer',
  home: 'Zur Startseite',
  back: 'Zurück',
  notFoundTitle: 'Seite nicht gefunden',
  notFoundText: 'Prüfen Sie die Adresse oder gehen Sie zur Startseite.',
  refusedTitle: 'Etwas ist schiefgelaufen',
  refusedText: 'Gehen Sie zur vorherigen Seite zurück, laden Sie sie neu und versuchen Sie es noch einmal.',
  brokenTitle: 'Bitte noch einmal versuchen',
  brokenText: 'Bei uns ist ein Fehler aufgetreten. Versuchen Sie es in einer Minute noch einmal.',
  repeat: 'Noch einmal versuchen',
  problemEyebrow: 'Was dieser Fehler bedeutet',
  problemCode: 'Fehlercode',
};

/** The texts of the pages of signing in. */
export const signIn: TextsIn<'de', English['signIn']> = {
  phoneEyebrow: 'Anmelden oder registrieren',
  phoneTitle: 'Wie lautet Ihre Nummer?',
  phoneLead: 'Sie erhalten einen Code per SMS. Kein Passwort nötig.',
  phoneLabel: 'Telefonnummer',
  regionLabel: 'Land',
  noCountry: 'Kein solches Land in der Liste',
  otherCountry: 'Anderes Land auswählen',
  twoReadings: 'So werden Nummern zweier Länder geschrieben. Wählen Sie Ihres.',
  agreement: {
    both: 'Mit dem Fortfahren akzeptieren Sie {terms} und {privacy}.',
    terms: 'Mit dem Fortfahren akzeptieren Sie {terms}.',
    privacy: 'Mit dem Fortfahren akzeptieren Sie {privacy}.',
  },
  termsLink: 'die Nutzungsbedingungen',
  privacyLink: 'die Datenschutzerklärung',
  sendCode: 'Code senden',
  newHere: 'Neu hier? Ihr Profil entsteht von selbst, sobald Sie den Code eingeben.',
  invitedEyebrow: 'Persönliche Einladung',
  invitedTitle: 'Sie sind eingeladen',
  invitedPreview: 'Ihr Einladungscode ist {code}. Zum Anmelden genügt eine Telefonnummer.',
  invitedText: 'Die Einladung gilt, sobald Sie sich registrieren.',
  brokenText: 'Bitten Sie noch einmal um den Link oder melden Sie sich ohne Einladung an: Sie brauchen keine.',
  withoutInvite: 'Ohne Einladung anmelden',
  cookiesOff:
    'Ihr Browser speichert keine Cookies, und ohne sie können Sie sich nicht anmelden. Wir haben nichts gesendet. Erlauben Sie Cookies für diese Seite und versuchen Sie es noch einmal.',
  invitedFull: 'Wer Sie eingeladen hat, sieht Ihre vollständige Nummer und Ihren Vornamen, wenn Sie ihn angeben.',
  invitedMasked: 'Wer Sie eingeladen hat, sieht Ihre Nummer nur zum Teil, dazu Ihren Vornamen, wenn Sie ihn angeben.',
  codeEyebrow: 'Noch ein Schritt',
  codeTitle: {
    sms: 'Code aus der SMS eingeben',
    telegram: 'Code aus Telegram eingeben',
    whatsapp: 'Code aus WhatsApp eingeben',
  },
  codeTo: {
    sending: { sms: 'Wir senden an', telegram: 'Wir senden per Telegram an', whatsapp: 'Wir senden per WhatsApp an' },
    sent: { sms: 'Gesendet an', telegram: 'Per Telegram gesendet an', whatsapp: 'Per WhatsApp gesendet an' },
    failed: {
      sms: 'Nicht zugestellt an',
      telegram: 'Per Telegram nicht zugestellt an',
      whatsapp: 'Per WhatsApp nicht zugestellt an',
    },
    unknown: { sms: 'Der Code für', telegram: 'Der Code für', whatsapp: 'Der Code für' },
  },
  checkSending: 'Erneut prüfen',
  sendingFailed: {
    number:
      'Der Mobilfunkanbieter hat die Nachricht nicht zugestellt. Prüfen Sie die Nummer und ob das Telefon Empfang hat.',
    service: 'Die Nachricht wurde nicht gesendet: Der Fehler liegt bei uns. Fordern Sie den Code noch einmal an.',
  },
  changeNumber: 'Nummer ändern',
  codeLabel: { one: '{count}-stelliger Code', other: '{count}-stelliger Code' },
  codeLabelUnknown: 'Code aus der Nachricht',
  codeIncomplete: 'Geben Sie den ganzen Code ein.',
  offline: 'Keine Verbindung zum Server. Prüfen Sie Ihr Internet und versuchen Sie es noch einmal.',
  codeValid: { one: 'Noch {count} Minute gültig.', other: 'Noch {count} Minuten gültig.' },
  codeInvite: 'Wenn Sie neu hier sind, nehmen wir die Einladung {code} für Sie an.',
  expiredEyebrow: 'Zeit abgelaufen',
  expiredTitle: 'Der Code ist abgelaufen',
  expiredText: 'Dieser Code gilt nicht mehr. Wir können einen neuen senden an',
  sendNew: 'Neuen Code senden',
  signIn: 'Anmelden',
  noCode: 'Kein Code angekommen?',
  noCodeWait: 'Eine Nachricht kann ein paar Minuten brauchen. Sehen Sie auch unter blockierten Nachrichten nach.',
  noCodeNumber: 'Prüfen Sie die Nummer:',
  noCodeChannel: {
    sms: 'Der nächste Code kommt per SMS.',
    telegram: 'Der nächste Code kommt per Telegram.',
    whatsapp: 'Der nächste Code kommt per WhatsApp.',
  },
  noCodeSupport: 'Wenn nichts hilft, {support}.',
  supportLink: 'schreiben Sie unserem Kundendienst',
  resend: 'Erneut senden',
  resendBy: { sms: 'Per SMS senden', telegram: 'Per Telegram senden', whatsapp: 'Per WhatsApp senden' },
  resendIn: {
    again: 'Erneut senden in',
    sms: 'Per SMS in',
    telegram: 'Per Telegram in',
    whatsapp: 'Per WhatsApp in',
  },
  resendAt: 'Wieder möglich um',
  resendOn: 'Wieder möglich am',
  resendReady: 'Sie können den Code jetzt noch einmal anfordern.',
  notices: {
    sent_again: 'Der Code ist derselbe wie zuvor. Jede der Nachrichten gilt.',
    sent_new: 'Das ist ein neuer Code. Der vorige gilt nicht mehr.',
    under_way:
      'Für diese Nummer wurde schon ein Code gesendet. Geben Sie ihn ein oder fordern Sie ihn später noch einmal an.',
  },
  phoneNotices: {
    signed_out: 'Sie sind auf diesem Gerät abgemeldet.',
    erased: 'Ihr Konto und Ihre Nummer sind gelöscht.',
    session_over: 'Ihre Sitzung ist beendet. Bitte melden Sie sich neu an.',
    session_over_unsaved:
      'Ihre Sitzung ist beendet, Ihre Änderungen wurden nicht gespeichert. Bitte melden Sie sich neu an.',
    invite_declined: 'Einladung abgelehnt. Sie können sich auch ohne sie anmelden.',
  },
  returnEyebrow: 'Angemeldet',
  returnTitle: 'Einen Moment',
  returnText: 'Es geht weiter zu {name}.',
  returnLink: 'Weiter',
  signInTo: 'Sie melden sich bei {name} an.',
  cancelSignIn: 'Abbrechen',
  devMessage: 'SMS für die Entwicklung',
};

/** The texts of the development inbox. */
export const dev: TextsIn<'de', English['dev']> = {
  title: 'Posteingang für die Entwicklung',
  note: 'Hier kommen alle SMS dieses Servers an. Im Produktivbetrieb gibt es diese Seite nicht.',
  empty: 'Noch nichts. Fordern Sie einen Code an, dann erscheint er hier.',
  to: 'An:',
  signIn: 'Zur Anmeldung',
  refresh: 'Aktualisieren',
  older: 'Und {count} ältere: Alle stehen in /dev/inbox.json, die einer Nummer unter /dev/inbox?phone=%2B7….',
};

/** The sentences of the SMS, friendliest first: the first that fits one segment is sent. */
export const message: TextsIn<'de', English['message']> = {
  code: ['{code} ist Ihr Anmeldecode. Geben Sie ihn niemandem weiter.', '{code} ist Ihr Anmeldecode', 'Code {code}'],
  branded: [
    '{code} ist Ihr Anmeldecode für {brand}. Geben Sie ihn niemandem weiter.',
    '{code} ist Ihr Anmeldecode für {brand}',
    '{brand}: Code {code}',
    '{brand}: {code}',
  ],
};
