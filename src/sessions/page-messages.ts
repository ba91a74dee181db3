import type { InEachLanguage } from '../kit/language.ts';

const ru = {
  title: 'Устройства',
  unknownDevice: 'Неизвестное устройство',
  current: 'Это устройство',
  since: 'Вход:',
  lastUsed: 'Активность:',
  end: 'Завершить',
  endOthers: 'Выйти везде, кроме этого устройства',
  anotherAccountTitle: 'Вы вошли с\u00a0другим номером',
  anotherAccountText:
    'Эта страница открыта для другого аккаунта, а\u00a0в\u00a0браузере с\u00a0тех пор вошли с\u00a0другим номером. Мы ничего не\u00a0изменили.',
};

const en: typeof ru = {
  title: 'Devices',
  unknownDevice: 'Unknown device',
  current: 'This device',
  since: 'Signed in:',
  lastUsed: 'Last active:',
  end: 'Sign out',
  endOthers: 'Sign out everywhere else',
  anotherAccountTitle: 'You are signed in with another number',
  anotherAccountText:
    'This page was opened for another account, and this browser has since signed in with another number. Nothing was changed.',
};

/** The sentences of the list of sessions. */
export const pageMessages: InEachLanguage<typeof ru> = { ru, en };
