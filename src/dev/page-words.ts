import type { InEachLanguage } from '../kit/language.ts';

const ru = {
  title: 'Входящие для разработчика',
  note: 'Сюда приходят все СМС этого сервера. В\u00a0рабочем режиме страницы нет.',
  empty: 'Пока пусто. Запросите код, и\u00a0он появится здесь.',
  to: 'Кому:',
  signIn: 'Ко входу',
  refresh: 'Обновить',
};

const en: typeof ru = {
  title: 'Development inbox',
  note: 'Every text message of this server arrives here. In production this page does not exist.',
  empty: 'Nothing yet. Ask for a code and it will appear here.',
  to: 'To:',
  signIn: 'To sign-in',
  refresh: 'Refresh',
};

/** The sentences of the development inbox. */
export const pageWords: InEachLanguage<typeof ru> = { ru, en };
