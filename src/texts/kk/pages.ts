import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The texts that every page shares. */
export const site: TextsIn<'kk', English['site']> = {
  skip: 'Мазмұнға өту',
  language: 'Тіл',
  signOut: 'Шығу',
  api: 'API',
  brandLinks: { terms: 'Шарттар', privacy: 'Құпиялылық', support: 'Қолдау' },
  motto: 'Телефон нөмірімен, достардың шақыруымен кіру. Құпиясөзсіз.',
  error: 'Қате:',
  summary: 'Тексеріп шығыңыз',
  errorEyebrow: 'Болмай қалды',
  details: 'Толығырақ',
  errorStatus: 'Қате',
  requestId: 'Сұрау нөмірі',
  home: 'Басты бетке',
  back: 'Артқа',
  notFoundTitle: 'Бет табылмады',
  notFoundText: 'Мекенжайды тексеріңіз немесе басты бетке өтіңіз.',
  refusedTitle: 'Бірдеңе дұрыс болмады',
  refusedText: 'Алдыңғы бетке оралып, оны жаңартыңыз да, қайталап көріңіз.',
  brokenTitle: 'Қайталап көріңіз',
  brokenText: 'Бізде ақау пайда болды. Бір минуттан кейін қайталап көріңіз.',
  repeat: 'Қайталау',
  problemEyebrow: 'Бұл қате нені білдіреді',
  problemCode: 'Қате коды',
};

/** The texts of the pages of signing in. */
export const signIn: TextsIn<'kk', English['signIn']> = {
  phoneEyebrow: 'Кіру және тіркелу',
  phoneTitle: 'Нөміріңіз қандай?',
  phoneLead: 'СМС арқылы код жібереміз. Құпиясөз керек емес.',
  phoneLabel: 'Телефон нөмірі',
  regionLabel: 'Ел',
  noCountry: 'Тізімде мұндай ел жоқ',
  otherCountry: 'Басқа елді таңдау',
  twoReadings: 'Екі елдің нөмірлері осылай жазылады. Өзіңіздікін таңдаңыз.',
  agreement: {
    both: 'Жалғастыра отырып, {terms} және {privacy} қабылдайсыз.',
    terms: 'Жалғастыра отырып, {terms} қабылдайсыз.',
    privacy: 'Жалғастыра отырып, {privacy} қабылдайсыз.',
  },
  termsLink: 'пайдалану шарттарын',
  privacyLink: 'құпиялылық саясатын',
  sendCode: 'Код алу',
  newHere: 'Алғаш рет келдіңіз бе? Кодты енгізген бойда профиль өзі пайда болады.',
  invitedEyebrow: 'Жеке шақыру',
  invitedTitle: 'Сізді шақырды',
  invitedPreview: 'Шақыру кодыңыз: {code}. Кіру үшін тек телефон нөмірі керек.',
  invitedText: 'Шақыру тіркелген кезде қабылданады.',
  brokenText: 'Сілтемені қайта сұраңыз немесе шақырусыз кіріңіз: ол міндетті емес.',
  withoutInvite: 'Шақырусыз кіру',
  cookiesOff:
    'Браузеріңіз cookie файлдарын сақтамайды, оларсыз кіру мүмкін емес. Біз ештеңе жіберген жоқпыз. Осы сайтқа cookie файлдарына рұқсат беріп, қайталап көріңіз.',
  invitedFull: 'Шақырған адам нөміріңізді толық және атыңызды, егер жазсаңыз, көреді.',
  invitedMasked: 'Шақырған адам нөміріңіздің бір бөлігін және атыңызды, егер жазсаңыз, көреді.',
  codeEyebrow: 'Бір қадам қалды',
  codeTitle: {
    sms: 'СМС-тегі кодты енгізіңіз',
    telegram: 'Telegram-дағы кодты енгізіңіз',
    whatsapp: 'WhatsApp-тағы кодты енгізіңіз',
  },
  codeTo: {
    sending: {
      sms: 'Жіберіп жатырмыз:',
      telegram: 'Telegram арқылы жіберіп жатырмыз:',
      whatsapp: 'WhatsApp арқылы жіберіп жатырмыз:',
    },
    sent: { sms: 'Жіберілді:', telegram: 'Telegram арқылы жіберілді:', whatsapp: 'WhatsApp арқылы жіберілді:' },
    failed: {
      sms: 'Жіберілмеді:',
      telegram: 'Telegram арқылы жіберілмеді:',
      whatsapp: 'WhatsApp арқылы жіберілмеді:',
    },
    unknown: { sms: 'Код нөмірі:', telegram: 'Код нөмірі:', whatsapp: 'Код нөмірі:' },
  },
  checkSending: 'Жіберілгенін тексеру',
  sendingFailed: {
    number: 'Оператор хабарламаны жеткізбеді. Нөмірді және телефонның желіде екенін тексеріңіз.',
    service: 'Хабарлама жіберілмеді: ақау біздің тарапта. Кодты қайта сұраңыз.',
  },
  changeNumber: 'Нөмірді өзгерту',
  codeLabel: { one: '{count} цифрлық код', other: '{count} цифрлық код' },
  codeLabelUnknown: 'Хабарламадағы код',
  codeIncomplete: 'Кодты толық енгізіңіз.',
  offline: 'Серверге қосылу мүмкін болмады. Интернетті тексеріп, қайталап көріңіз.',
  codeValid: { one: 'Код {count} минут жарамды.', other: 'Код {count} минут жарамды.' },
  codeInvite: 'Алғаш рет келсеңіз, {code} шақыруын қабылдаймыз.',
  expiredEyebrow: 'Уақыт бітті',
  expiredTitle: 'Код ескірді',
  expiredText: 'Бұл код енді жарамсыз. Жаңасын мына нөмірге жібере аламыз:',
  sendNew: 'Жаңа код жіберу',
  signIn: 'Кіру',
  noCode: 'Код келмеді ме?',
  noCodeWait: 'Хабарлама бірнеше минут жүруі мүмкін. Спам арасынан да қараңыз.',
  noCodeNumber: 'Нөмірді тексеріңіз:',
  noCodeChannel: {
    sms: 'Келесі код СМС арқылы келеді.',
    telegram: 'Келесі код Telegram арқылы келеді.',
    whatsapp: 'Келесі код WhatsApp арқылы келеді.',
  },
  noCodeSupport: 'Ештеңе көмектеспесе, {support}.',
  supportLink: 'қолдау қызметіне жазыңыз',
  resend: 'Қайта жіберу',
  resendBy: {
    sms: 'СМС арқылы жіберу',
    telegram: 'Telegram арқылы жіберу',
    whatsapp: 'WhatsApp арқылы жіберу',
  },
  resendIn: {
    again: 'Қайта жіберуге дейін',
    sms: 'СМС арқылы жіберуге дейін',
    telegram: 'Telegram арқылы жіберуге дейін',
    whatsapp: 'WhatsApp арқылы жіберуге дейін',
  },
  resendAt: 'Қайта сұрау уақыты:',
  resendOn: 'Қайта сұрау күні:',
  resendReady: 'Кодты енді қайта сұрауға болады.',
  notices: {
    sent_again: 'Код бұрынғыдай. Кез келген хабарлама жарайды.',
    sent_new: 'Бұл — жаңа код. Бұрынғысы енді жарамсыз.',
    under_way: 'Бұл нөмірге код жіберілген. Оны енгізіңіз немесе мүмкін болғанда қайта сұраңыз.',
  },
  phoneNotices: {
    signed_out: 'Бұл құрылғыда аккаунттан шықтыңыз.',
    erased: 'Аккаунт жойылды. Нөміріңіз өшірілді.',
    session_over: 'Сеанс аяқталды. Қайта кіріңіз.',
    session_over_unsaved: 'Сеанс аяқталды, өзгерістер сақталмады. Қайта кіріңіз.',
    invite_declined: 'Шақыру қабылданбады. Онсыз да кіруге болады.',
  },
  devMessage: 'Әзірлеушіге арналған СМС',
};

/** The texts of the development inbox. */
export const dev: TextsIn<'kk', English['dev']> = {
  title: 'Әзірлеушінің кіріс жәшігі',
  note: 'Осы сервердің барлық СМС-і осында келеді. Жұмыс режимінде бұл бет болмайды.',
  empty: 'Әзірге бос. Код сұраңыз, ол осында пайда болады.',
  to: 'Кімге:',
  signIn: 'Кіру бетіне',
  refresh: 'Жаңарту',
  older: 'Тағы {count} ескі хабарлама: барлығы /dev/inbox.json ішінде, бір нөмірдікі — /dev/inbox?phone=%2B7….',
};

/** The sentences of the SMS, friendliest first: the first that fits one segment is sent. */
export const message: TextsIn<'kk', English['message']> = {
  code: ['{code} — кіру коды. Оны ешкімге айтпаңыз', '{code} — кіру кодыңыз', '{code} — кіру коды', 'Код {code}'],
  branded: [
    '{brand}: {code} — кіру коды. Оны ешкімге айтпаңыз',
    '{brand}: {code} — кіру коды',
    '{brand}: код {code}',
    '{brand}: {code}',
  ],
};
