import type { TextsIn } from '../../kit/text.ts';
import type { English } from '../english.ts';

/** The texts of the pages for apps that sign people in by OpenID Connect. */
export const oidc: TextsIn<'ru', English['oidc']> = {
  expiredTitle: 'Время входа истекло',
  expiredText: 'Вернитесь в приложение и войдите ещё раз.',
  errorTitle: 'Ошибка в приложении',
  errorText:
    'На этот запрос нельзя ответить. Вернитесь в приложение и попробуйте снова или напишите его разработчикам.',
  consentEyebrow: 'Разрешение',
  consentTitle: 'Разрешить доступ {name}?',
  consentText: '{name} просит доступ к таким данным:',
  scopes: {
    openid: 'что у вас есть учётная запись',
    phone: 'номер телефона',
    profile: 'имя и имя пользователя',
    email: 'адрес электронной почты',
    invites: 'кто вас пригласил',
    offline_access: 'всё это — пока вы не завершите сеанс приложения',
  },
  consentOther: 'другие права: {scopes}',
  consentEnd: 'Доступ можно отозвать в любой момент: сеанс приложения появится в списке ваших сеансов.',
  allow: 'Разрешить',
  deny: 'Не разрешать',
  deviceEyebrow: 'Другое устройство',
  deviceTitle: 'Подключение устройства',
  deviceText: 'Введите код с экрана устройства.',
  deviceCode: 'Код с устройства',
  deviceGo: 'Продолжить',
  deviceWrong: 'Такого кода никто не ждёт. Проверьте его или начните на устройстве заново.',
  deviceConfirmTitle: 'Войти на устройстве?',
  deviceWarning:
    'Продолжайте, только если устройство перед вами и сейчас показывает этот код. Если код или ссылку вам прислали, кто-то пытается войти в вашу учётную запись. Не разрешайте.',
  deviceConfirm: '{name} просит войти. Код:',
  deviceYes: 'Это моё устройство',
  deviceNo: 'Отменить',
  deviceDoneTitle: 'Устройство подключено',
  deviceDone: 'Продолжайте на нём. Эту страницу можно закрыть.',
  deviceStopped: 'Ничего не подключено. Эту страницу можно закрыть.',
  logoutTitle: 'Выйти?',
  logoutText: 'Вы выйдете здесь и в приложениях, в которые вошли в этом браузере.',
  logoutYes: 'Выйти',
  logoutNo: 'Остаться',
  loggedOutTitle: 'Вы вышли',
  loggedOutText: 'Эту страницу можно закрыть.',
  submitTitle: 'Секунду',
  submitText: 'Нажмите кнопку, чтобы продолжить.',
};
