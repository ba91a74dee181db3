import type { InEachLanguage } from '../kit/language.ts';

const ru = {
  title: 'Где вы вошли',
  unknownDevice: 'Неизвестное устройство',
  current: 'Вы сейчас здесь',
  since: 'Вход:',
  lastUsed: 'Активность:',
  end: 'Завершить',
  endOthers: 'Выйти везде, кроме этого устройства',
};

const en: typeof ru = {
  title: 'Where you are signed in',
  unknownDevice: 'Unknown device',
  current: 'You are here',
  since: 'Signed in:',
  lastUsed: 'Last active:',
  end: 'Sign out',
  endOthers: 'Sign out everywhere else',
};

/** The sentences of the list of sessions. */
export const pageWords: InEachLanguage<typeof ru> = { ru, en };
