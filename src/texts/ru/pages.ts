import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The texts that every page shares. */
export const site: TextsIn<'ru', English['site']> = {
  skip: 'К содержанию',
  language: 'Язык',
  signOut: 'Выход',
  api: 'API',
  brandLinks: {
    terms: 'Условия',
    privacy: 'Конфиденциальность',
    support: 'Поддержка',
  },
  motto: 'Вход по номеру телефона, по приглашению друзей. Без паролей.',
  signInBy: 'Вход через {name}',
  error: 'Ошибка:',
  summary: 'Проверьте, пожалуйста',
  errorEyebrow: 'Не\u00a0получилось',
  details: 'Подробности',
  errorStatus: 'Ошибка',
  requestId: 'Номер запроса',
  home: 'На главную',
  back: 'Вернуться',
  notFoundTitle: 'Такой страницы нет',
  notFoundText: 'Проверьте адрес или начните с\u00a0главной страницы.',
  refusedTitle: 'Что-то пошло не\u00a0так',
  refusedText: 'Вернитесь на предыдущую страницу, обновите её и\u00a0попробуйте ещё раз.',
  brokenTitle: 'Попробуйте ещё раз',
  brokenText: 'У\u00a0нас что-то сломалось. Попробуйте ещё раз через минуту.',
  repeat: 'Попробовать ещё раз',
  problemEyebrow: 'Что значит этот ответ',
  problemCode: 'Код ошибки',
};

/** The texts of the pages of signing in. */
export const signIn: TextsIn<'ru', English['signIn']> = {
  phoneEyebrow: 'Вход и регистрация',
  phoneTitle: 'Какой у\u00a0вас номер?',
  phoneLead: 'Пришлём код в\u00a0СМС. Пароль придумывать не\u00a0нужно.',
  phoneLabel: 'Номер телефона',
  regionLabel: 'Страна',
  noCountry: 'Такой страны нет в\u00a0списке',
  otherCountry: 'Выбрать другую страну',
  twoReadings: 'Так пишут номера двух стран. Выберите свой.',
  sendCode: 'Получить код',
  agreement: {
    both: 'Нажимая кнопку, вы\u00a0принимаете {terms} и\u00a0{privacy}.',
    terms: 'Нажимая кнопку, вы\u00a0принимаете {terms}.',
    privacy: 'Нажимая кнопку, вы\u00a0принимаете {privacy}.',
  },
  termsLink: 'условия использования',
  privacyLink: 'политику конфиденциальности',
  newHere: 'Впервые у\u00a0нас? Профиль появится сам, как только вы введёте код.',
  invitedEyebrow: 'Личное приглашение',
  invitedTitle: 'Вас пригласили',
  invitedPreview: 'Ваш код приглашения: {code}. Для входа нужен только номер телефона.',
  invitedText: 'Приглашение сработает, когда вы зарегистрируетесь.',
  brokenText: 'Попросите прислать ссылку ещё раз или войдите без приглашения: оно не\u00a0обязательно.',
  withoutInvite: 'Войти без приглашения',
  cookiesOff:
    'Ваш браузер не\u00a0сохраняет cookie, а\u00a0без них вход не\u00a0работает. Мы ничего не\u00a0отправили. Разрешите cookie для этого сайта и\u00a0попробуйте ещё раз.',
  invitedFull: 'Пригласивший увидит ваш номер полностью, а\u00a0также имя, если вы его укажете.',
  invitedMasked: 'Пригласивший увидит ваш номер не\u00a0полностью, а\u00a0также имя, если вы его укажете.',
  codeEyebrow: 'Остался один шаг',
  codeTitle: {
    sms: 'Введите код из\u00a0СМС',
    telegram: 'Введите код из\u00a0Telegram',
    whatsapp: 'Введите код из\u00a0WhatsApp',
  },
  codeTo: {
    sending: {
      sms: 'Отправляем на',
      telegram: 'Отправляем в\u00a0Telegram на',
      whatsapp: 'Отправляем в\u00a0WhatsApp на',
    },
    sent: {
      sms: 'Отправили на',
      telegram: 'Отправили в\u00a0Telegram на',
      whatsapp: 'Отправили в\u00a0WhatsApp на',
    },
    failed: {
      sms: 'Не\u00a0удалось отправить на',
      telegram: 'Не\u00a0удалось отправить в\u00a0Telegram на',
      whatsapp: 'Не\u00a0удалось отправить в\u00a0WhatsApp на',
    },
    unknown: {
      sms: 'Код для номера',
      telegram: 'Код для номера',
      whatsapp: 'Код для номера',
    },
  },
  checkSending: 'Проверить отправку',
  sendingFailed: {
    number: 'Оператор не\u00a0доставил сообщение. Проверьте номер и\u00a0связь на\u00a0телефоне.',
    service: 'Сообщение не\u00a0ушло: сбой на\u00a0нашей стороне. Запросите код ещё раз.',
  },
  changeNumber: 'Изменить номер',
  codeLabel: {
    one: 'Код из\u00a0{count}\u00a0цифры',
    few: 'Код из\u00a0{count}\u00a0цифр',
    many: 'Код из\u00a0{count}\u00a0цифр',
    other: 'Код из\u00a0{count}\u00a0цифры',
  },
  codeLabelUnknown: 'Код из\u00a0сообщения',
  codeIncomplete: 'Введите код целиком.',
  offline: 'Нет связи с\u00a0сервером. Проверьте интернет и\u00a0попробуйте ещё раз.',
  codeValid: {
    one: 'Код действует {count}\u00a0минуту.',
    few: 'Код действует {count}\u00a0минуты.',
    many: 'Код действует {count}\u00a0минут.',
    other: 'Код действует {count}\u00a0минуты.',
  },
  codeInvite: 'Если вы у\u00a0нас впервые, примем приглашение {code}.',
  expiredEyebrow: 'Время вышло',
  expiredTitle: 'Код устарел',
  expiredText: 'Этот код больше не\u00a0действует. Отправим новый на',
  sendNew: 'Отправить новый код',
  signIn: 'Войти',
  noCode: 'Код не\u00a0пришёл?',
  noCodeWait: 'Сообщение может идти пару минут. Посмотрите, нет ли его в\u00a0спаме.',
  noCodeNumber: 'Проверьте номер:',
  noCodeChannel: {
    sms: 'В\u00a0следующий раз отправим код в\u00a0СМС.',
    telegram: 'В\u00a0следующий раз отправим код в\u00a0Telegram.',
    whatsapp: 'В\u00a0следующий раз отправим код в\u00a0WhatsApp.',
  },
  noCodeSupport: 'Если ничего не\u00a0помогло, {support}.',
  supportLink: 'напишите в\u00a0поддержку',
  resend: 'Отправить ещё раз',
  resendBy: {
    sms: 'Отправить по\u00a0СМС',
    telegram: 'Отправить в\u00a0Telegram',
    whatsapp: 'Отправить в\u00a0WhatsApp',
  },
  resendIn: {
    again: 'Ещё раз через',
    sms: 'Код по\u00a0СМС через',
    telegram: 'Код в\u00a0Telegram через',
    whatsapp: 'Код в\u00a0WhatsApp через',
  },
  resendAt: 'Снова можно в',
  resendOn: 'Снова можно',
  resendReady: 'Код можно отправить ещё раз.',
  notices: {
    sent_again: 'Код остался прежним. Подойдёт любое из\u00a0сообщений.',
    sent_new: 'Это новый код. Прежний больше не\u00a0действует.',
    under_way: 'Код для этого номера уже отправляли. Введите его или запросите ещё раз, когда будет можно.',
  },
  phoneNotices: {
    signed_out: 'Вы вышли на\u00a0этом устройстве.',
    erased: 'Аккаунт удалён. Ваш номер стёрт.',
    session_over: 'Сеанс завершён. Войдите ещё раз.',
    session_over_unsaved: 'Сеанс завершён, изменения не\u00a0сохранены. Войдите ещё раз.',
    invite_declined: 'Приглашение отклонено. Можно войти и\u00a0без него.',
  },
  returnEyebrow: 'Вход выполнен',
  returnTitle: 'Секунду',
  returnText: 'Возвращаем вас в {name}.',
  returnLink: 'Продолжить',
  signInTo: 'Вы входите в {name}.',
  cancelSignIn: 'Отменить',
  devMessage: 'СМС для разработчика',
};

/** The texts of the development inbox. */
export const dev: TextsIn<'ru', English['dev']> = {
  title: 'Входящие для разработчика',
  note: 'Сюда приходят все СМС этого сервера. В\u00a0рабочем режиме страницы нет.',
  empty: 'Пока пусто. Запросите код, и\u00a0он появится здесь.',
  to: 'Кому:',
  signIn: 'Ко входу',
  refresh: 'Обновить',
  older:
    'Ранее: ещё {count}. Все они — в\u00a0/dev/inbox.json; адрес /dev/inbox?phone=%2B7… покажет сообщения одного номера.',
};

/** The sentences of the SMS, friendliest first: the first that fits one segment is sent. */
export const message: TextsIn<'ru', English['message']> = {
  code: [
    '{code} — код для входа. Никому его не говорите',
    '{code} — ваш код для входа',
    '{code} — код входа',
    'Код {code}',
  ],
  branded: [
    '{brand}: {code} — код для входа. Никому его не говорите',
    '{brand}: {code} — код для входа',
    '{brand}: код {code}',
    '{brand}: {code}',
  ],
};
