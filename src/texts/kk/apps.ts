import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The texts of the pages for apps that sign people in by OpenID Connect. */
export const oidc: TextsIn<'kk', English['oidc']> = {
  expiredTitle: 'Кіру уақыты өтіп кетті',
  expiredText: 'Қолданбаға оралып, қайта кіріңіз.',
  errorTitle: 'Қолданбада қате бар',
  errorText:
    'Оның сұрауына жауап беру мүмкін емес. Қолданбаға оралып, қайталап көріңіз немесе әзірлеушілеріне хабарлаңыз.',
  consentEyebrow: 'Рұқсат',
  consentTitle: '{name} үшін рұқсат бересіз бе?',
  consentText: '{name} мыналарды көргісі келеді:',
  scopes: {
    openid: 'мұнда тіркелгіңіз бар екенін',
    phone: 'телефон нөміріңізді',
    profile: 'атыңыз бен пайдаланушы атыңызды',
    email: 'электрондық поштаңызды',
    invites: 'сізді кім шақырғанын',
    offline_access: 'сеансын аяқтағанша осының бәрін',
  },
  consentOther: 'басқа құқықтар: {scopes}',
  consentEnd: 'Мұны кез келген уақытта тоқтатуға болады: қолданба сеансы сеанстарыңыздың арасында тұрады.',
  allow: 'Рұқсат беру',
  deny: 'Рұқсат бермеу',
  deviceEyebrow: 'Басқа құрылғы',
  deviceTitle: 'Құрылғыны қосу',
  deviceText: 'Құрылғы көрсеткен кодты енгізіңіз.',
  deviceCode: 'Құрылғыдағы код',
  deviceGo: 'Жалғастыру',
  deviceWrong: 'Бұл кодты күтіп тұрған құрылғы жоқ. Кодты тексеріңіз немесе құрылғыда қайта бастаңыз.',
  deviceConfirmTitle: 'Құрылғыда кіресіз бе?',
  deviceWarning:
    'Құрылғы қолыңызда болып, дәл қазір осы кодты көрсетіп тұрса ғана жалғастырыңыз. Кодты не сілтемені біреу жіберсе, ол тіркелгіңізге кіргісі келеді: рұқсат бермеңіз.',
  deviceConfirm: '{name} кіруіңізді сұрайды. Код:',
  deviceYes: 'Бұл — менің құрылғым',
  deviceNo: 'Бас тарту',
  deviceDoneTitle: 'Құрылғы қосылды',
  deviceDone: 'Сол жерде жалғастырыңыз. Бұл бетті жабуға болады.',
  deviceStopped: 'Ештеңе қосылған жоқ. Бұл бетті жабуға болады.',
  logoutTitle: 'Шығасыз ба?',
  logoutText: 'Осы жерден және осы браузерде ашқан қолданбалардан шығасыз.',
  logoutYes: 'Шығу',
  logoutNo: 'Қалу',
  loggedOutTitle: 'Сіз шықтыңыз',
  loggedOutText: 'Бұл бетті жабуға болады.',
  submitTitle: 'Бір сәт',
  submitText: 'Жалғастыру үшін түймені басыңыз.',
};
