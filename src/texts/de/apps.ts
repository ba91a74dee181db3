import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The texts of the pages for apps that sign people in by OpenID Connect. */
export const oidc: TextsIn<'de', English['oidc']> = {
  expiredTitle: 'Diese Anmeldung ist abgelaufen',
  expiredText: 'Gehen Sie zur App zurück und melden Sie sich noch einmal an.',
  errorTitle: 'Die App hat einen Fehler gemacht',
  errorText:
    'Ihre Anfrage lässt sich nicht beantworten. Gehen Sie zur App zurück und versuchen Sie es noch einmal, oder schreiben Sie dem Anbieter.',
  consentEyebrow: 'Erlaubnis',
  consentTitle: '{name} erlauben?',
  consentText: '{name} möchte Folgendes sehen:',
  scopes: {
    openid: 'dass Sie hier ein Konto haben',
    phone: 'Ihre Telefonnummer',
    profile: 'Ihren Namen und Benutzernamen',
    email: 'Ihre E-Mail-Adresse',
    invites: 'wer Sie eingeladen hat',
    offline_access: 'all das, bis Sie die Sitzung der App beenden',
  },
  consentOther: 'weitere Rechte: {scopes}',
  consentEnd: 'Sie können das jederzeit beenden: Die Sitzung der App steht bei Ihren Sitzungen.',
  allow: 'Erlauben',
  deny: 'Nicht erlauben',
  deviceEyebrow: 'Ein anderes Gerät',
  deviceTitle: 'Gerät verbinden',
  deviceText: 'Geben Sie den Code ein, den das Gerät anzeigt.',
  deviceCode: 'Code des Geräts',
  deviceGo: 'Weiter',
  deviceWrong: 'Kein Gerät wartet auf diesen Code. Prüfen Sie ihn oder beginnen Sie am Gerät von vorn.',
  deviceConfirmTitle: 'Auf dem Gerät anmelden?',
  deviceWarning:
    'Fahren Sie nur fort, wenn Sie das Gerät vor sich haben und es jetzt diesen Code zeigt. Hat Ihnen jemand den Code oder einen Link geschickt, will er in Ihr Konto: Erlauben Sie es nicht.',
  deviceConfirm: '{name} möchte Sie anmelden. Code:',
  deviceYes: 'Das ist mein Gerät',
  deviceNo: 'Abbrechen',
  deviceDoneTitle: 'Das Gerät ist verbunden',
  deviceDone: 'Machen Sie dort weiter. Diese Seite können Sie schließen.',
  deviceStopped: 'Es wurde nichts verbunden. Diese Seite können Sie schließen.',
  logoutTitle: 'Abmelden?',
  logoutText: 'Sie melden sich hier ab und in den Apps, die Sie in diesem Browser geöffnet haben.',
  logoutYes: 'Abmelden',
  logoutNo: 'Angemeldet bleiben',
  loggedOutTitle: 'Sie sind abgemeldet',
  loggedOutText: 'Diese Seite können Sie schließen.',
  submitTitle: 'Einen Moment',
  submitText: 'Drücken Sie die Taste, um fortzufahren.',
};
