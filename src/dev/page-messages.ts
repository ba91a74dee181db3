import type { InEachLanguage } from '../kit/language.ts';

const ru = {
  title: 'Входящие для разработчика',
  note: 'Сюда приходят все СМС этого сервера. В\u00a0рабочем режиме страницы нет.',
  empty: 'Пока пусто. Запросите код, и\u00a0он появится здесь.',
  to: 'Кому:',
  signIn: 'Ко входу',
  refresh: 'Обновить',
  older: (count: number) =>
    `Ранее: ещё ${count}. Все они — в\u00a0/dev/inbox.json; адрес /dev/inbox?phone=%2B7… покажет сообщения одного номера.`,
};

const en: typeof ru = {
  title: 'Development inbox',
  note: 'Every text message of this server arrives here. In production this page does not exist.',
  empty: 'Nothing yet. Ask for a code and it will appear here.',
  to: 'To:',
  signIn: 'To sign-in',
  refresh: 'Refresh',
  older: (count: number) =>
    `And ${count} older ones: all are in /dev/inbox.json, and /dev/inbox?phone=%2B7… shows those to one number.`,
};

/** The sentences of the development inbox. */
export const pageMessages: InEachLanguage<typeof ru> = { ru, en };
