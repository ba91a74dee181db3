import type { InEachLanguage } from '../kit/language.ts';
import { plural } from '../kit/plural.ts';

const ru = {
  title: 'Пропуск для ваших друзей',
  ticketText: 'Отправьте ссылку тем, за\u00a0кого готовы поручиться. Ваш код сам подставится при регистрации.',
  linkLabel: 'Ваша ссылка',
  copyLink: 'Скопировать',
  copied: 'Ссылка скопирована.',
  notCopied: 'Не\u00a0получилось. Выделите ссылку и\u00a0скопируйте её сами.',
  share: 'Поделиться',
  shareText: 'Приглашаю вас. Мой код уже в\u00a0ссылке:',
  invitedTitle: 'Пришли по\u00a0вашему коду',
  invitedNone: 'Пока никто. Первого гостя увидите здесь.',
  invitedCount: (count: number) =>
    `${count}\u00a0${plural('ru', count, { one: 'человек', few: 'человека', many: 'человек' })}`,
  invitedMore: 'Показать ещё',
  profileTitle: 'О\u00a0вас',
  profileHint: 'Всё по\u00a0желанию. Чтобы стереть, оставьте поле пустым.',
  username: 'Имя пользователя',
  first_name: 'Имя',
  last_name: 'Фамилия',
  email: 'Эл.\u00a0почта',
  save: 'Сохранить',
  leaveTitle: 'Уйти',
  signOut: 'Выйти на\u00a0этом устройстве',
  delete: 'Удалить аккаунт',
  deleteEyebrow: 'Навсегда',
  deleteTitle: 'Удалить аккаунт?',
  deleteText: [
    'Сотрём ваш номер, имя, почту и\u00a0код приглашения. Все сеансы сразу завершатся. Вернуть это нельзя.',
    'Тот, кто вас пригласил, больше не\u00a0увидит ваш номер. С\u00a0этим номером можно зарегистрироваться заново.',
  ],
  deleteNow: 'Удалить навсегда',
  keep: 'Оставить как\u00a0есть',
  notices: {
    profile_saved: 'Сохранено.',
    invite_redeemed: 'Приглашение принято.',
    session_ended: 'Сеанс завершён.',
    others_ended: 'Остальные сеансы завершены.',
  },
};

const en: typeof ru = {
  title: 'A pass for your friends',
  ticketText: 'Send the link to people you vouch for. Your code is filled in when they sign up.',
  linkLabel: 'Your link',
  copyLink: 'Copy',
  copied: 'Link copied.',
  notCopied: 'That did not work. Please select the link and copy it yourself.',
  share: 'Share',
  shareText: 'You’re invited. My code is in the link:',
  invitedTitle: 'Came with your code',
  invitedNone: 'Nobody yet. You will see your first guest here.',
  invitedCount: (count: number) => `${count} ${plural('en', count, { one: 'person', many: 'people' })}`,
  invitedMore: 'Show more',
  profileTitle: 'About you',
  profileHint: 'All optional. Leave a field empty to clear it.',
  username: 'Username',
  first_name: 'First name',
  last_name: 'Last name',
  email: 'Email',
  save: 'Save',
  leaveTitle: 'Leave',
  signOut: 'Sign out on this device',
  delete: 'Delete account',
  deleteEyebrow: 'For good',
  deleteTitle: 'Delete your account?',
  deleteText: [
    'We erase your number, names, email and invite code. All sessions end at once. This cannot be undone.',
    'Whoever invited you no longer sees your number. The number can sign up afresh.',
  ],
  deleteNow: 'Delete for good',
  keep: 'Keep it',
  notices: {
    profile_saved: 'Saved.',
    invite_redeemed: 'Invite accepted.',
    session_ended: 'That session has ended.',
    others_ended: 'All other sessions have ended.',
  },
};

/** The sentences of the pages of one's own account. */
export const pageWords: InEachLanguage<typeof ru> = { ru, en };
