import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The texts of the pages about invites. */
export const invites: TextsIn<'de', English['invites']> = {
  redeemTitle: 'Hat Sie jemand eingeladen?',
  redeemLabel: 'Einladungscode',
  redeemHint: 'Sechs bis neun Zeichen. Auch der ganze Link passt.',
  redeemFull: 'Wer Sie eingeladen hat, sieht Ihre vollständige Nummer und Ihren Vornamen, wenn Sie ihn angeben.',
  redeemMasked: 'Wer Sie eingeladen hat, sieht Ihre Nummer nur zum Teil, dazu Ihren Vornamen, wenn Sie ihn angeben.',
  redeemOnce: 'Das geht nur einmal, der Code lässt sich später nicht ändern.',
  redeem: 'Einladung annehmen',
  redeemedTitle: 'Sie wurden eingeladen',
  redeemedText: 'Angenommener Code',
  offered: 'Aus dem Link übernommen, den Sie geöffnet haben.',
  decline: 'Einladung ablehnen',
  toProfile: 'Zu Ihrem Profil',
  signedInAlready: 'Sie sind schon angemeldet und müssen sich nicht neu registrieren.',
  inviteOthers: 'Andere mit Ihrem Link einladen',
  qrCode: 'QR-Code des Links {link}',
  brokenTitle: 'Diese Einladung gilt nicht',
  brokenText: 'Diese Einladung gibt es nicht, oder das Konto dazu wurde gelöscht.',
  brokenLimited:
    'Aus Ihrem Netz wurden zu viele ungültige Einladungen geöffnet. Deshalb können wir diese gerade nicht prüfen. Öffnen Sie den Link {when} noch einmal.',
  linkEyebrow: 'Ein Einladungslink',
  linkTitle: {
    redeem: 'Sie sind eingeladen',
    share_own: 'Das ist Ihr Link',
    nothing_redeemed: 'Schon angenommen',
    nothing_redeemed_another: 'Sie wurden schon eingeladen',
    nothing_circle: 'Sie haben zuerst eingeladen',
  },
  linkText: {
    redeem:
      'Sie sind schon angemeldet. Sie können diesen Code annehmen: Dann sieht die einladende Person, dass Sie mit ihm gekommen sind.',
    share_own: 'Das ist Ihr eigener Code. Schicken Sie den Link Ihren Freunden; selbst annehmen können Sie ihn nicht.',
    nothing_redeemed: 'Sie haben diese Einladung schon angenommen. Es ist nichts weiter zu tun.',
    nothing_redeemed_another:
      'Sie haben schon eine andere Einladung angenommen, {code}. Möglich ist nur eine, und sie lässt sich nicht ersetzen.',
    nothing_circle:
      'Sie oder jemand, den Sie eingeladen haben, hat diese Person eingeladen. Ihre Einladung können Sie nicht annehmen.',
  },
};

/** The texts of the pages of an account. */
export const profile: TextsIn<'de', English['profile']> = {
  title: 'Laden Sie Freunde ein',
  ticketText: 'Schicken Sie den Link Ihren Freunden. Bei der Registrierung ist Ihr Code schon eingetragen.',
  linkLabel: 'Ihr Link',
  copyLink: 'Kopieren',
  copied: 'Link kopiert.',
  notCopied: 'Das hat nicht geklappt. Markieren Sie den Link und kopieren Sie ihn selbst.',
  share: 'Teilen',
  shareText: 'Ich lade Sie ein. Mein Code steht im Link:',
  invitedTitle: 'Von Ihnen eingeladen',
  invitedNone: 'Hier erscheinen die Personen, die Sie einladen.',
  invitedCount: { one: '{count} Person', other: '{count} Personen' },
  invitedMore: 'Mehr anzeigen',
  invitedFirst: 'Zum Anfang der Liste',
  profileTitle: 'Profil',
  profileHint: 'Alle Angaben sind freiwillig. Um eine zu löschen, lassen Sie das Feld leer.',
  username: 'Benutzername',
  first_name: 'Vorname',
  firstNameHint: 'Wer Sie eingeladen hat, sieht diesen Namen.',
  last_name: 'Nachname',
  email: 'E-Mail',
  save: 'Speichern',
  sections: 'Abschnitte dieser Seite',
  securityTitle: 'Sicherheit',
  securityText:
    'Sie melden sich mit einem Code an, den wir an Ihre Nummer schicken. Geben Sie ihn niemandem: Wir fragen nie danach.',
  signOut: 'Auf diesem Gerät abmelden',
  dataTitle: 'Ihre Daten',
  dataText: 'Profil, Geräte, Einladungen, Nachrichten und Anmeldungen in einer Datei (JSON).',
  download: 'Meine Daten herunterladen',
  delete: 'Konto löschen',
  deleteEyebrow: 'Endgültig',
  deleteTitle: 'Konto löschen?',
  deleteText: [
    'Wir löschen Ihre Nummer, Ihren Namen, Ihre E\u2011Mail-Adresse und Ihre Geräte. Alle Sitzungen enden sofort, und Ihr Einladungscode gilt nicht mehr. Das lässt sich nicht rückgängig machen.',
    'Wer Sie eingeladen hat, sieht Ihre Nummer und Ihren Namen nicht mehr. Sie können sich mit dieser Nummer wieder registrieren.',
  ],
  keptTitle: 'Was bleibt, und wie lange',
  keptMessages: {
    one: 'Gesendete Nachrichten, ohne Ihre Nummer: {count}\u00a0Tag.',
    other: 'Gesendete Nachrichten, ohne Ihre Nummer: {count}\u00a0Tage.',
  },
  keptAudit: {
    one: 'Das Sicherheitsprotokoll mit verdeckter Nummer, IP\u2011Adressen und Geräten: {count}\u00a0Tag.',
    other: 'Das Sicherheitsprotokoll mit verdeckter Nummer, IP\u2011Adressen und Geräten: {count}\u00a0Tage.',
  },
  kept: [
    'Ihre Nummer in den Zählern der Codes, damit niemand die Grenzen umgeht: bis zu 25 Stunden, oder ein Jahr, wenn seit der letzten Anmeldung falsche Codes eingegeben wurden.',
    'Falls Sie eingeladen wurden: ein Hash aus Ihrer Nummer und der einladenden Person, der beides nicht verrät: 365 Tage.',
    'Ihr Einladungscode und Ihr Platz unter den Einladungen, ohne Daten über Sie: dauerhaft, damit niemand sonst den Code bekommt.',
  ],
  deleteNow: 'Endgültig löschen',
  freshCodeTitle: 'Bestätigen Sie, dass Sie es sind',
  freshCodeText:
    'Ihre Anmeldung liegt mehr als fünf Minuten zurück. Geben Sie einen neuen Code ein, um das Konto zu löschen.',
  freshCode: 'Code anfordern',
  keep: 'Konto behalten',
  logoutEyebrow: 'Bis bald',
  logoutTitle: 'Vom Konto abmelden?',
  logoutWho: 'Sie sind angemeldet als',
  logoutText:
    'Auf Ihren anderen Geräten bleiben Sie angemeldet. Um sich hier wieder anzumelden, brauchen Sie einen neuen Code per SMS.',
  logout: 'Abmelden',
  stay: 'Angemeldet bleiben',
  notices: {
    profile_saved: 'Gespeichert.',
    invite_redeemed: 'Einladung angenommen.',
    session_ended: 'Die Sitzung ist beendet.',
    session_over_before: 'Diese Sitzung war schon beendet.',
    others_ended: 'Alle anderen Sitzungen sind beendet.',
    no_others: 'Es gab keine anderen Sitzungen.',
    invite_declined: 'Einladung abgelehnt.',
    invite_not_redeemed:
      'Sie sind registriert. Die Einladung aus dem Link gilt nicht mehr und wurde deshalb nicht angenommen.',
  },
};

/** The texts of the list of devices. */
export const sessions: TextsIn<'de', English['sessions']> = {
  title: 'Geräte',
  unknownDevice: 'Unbekanntes Gerät',
  current: 'Dieses Gerät',
  since: 'Angemeldet:',
  lastUsed: 'Zuletzt aktiv:',
  end: 'Abmelden',
  endOthers: 'Überall sonst abmelden',
  anotherAccountTitle: 'Sie sind mit einer anderen Nummer angemeldet',
  anotherAccountText:
    'Diese Seite gehört zu einem anderen Konto, und in diesem Browser wurde inzwischen eine andere Nummer angemeldet. Nichts wurde geändert.',
};
