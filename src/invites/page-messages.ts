import type { InEachLanguage } from '../kit/language.ts';

const ru = {
  redeemTitle: 'Вас кто-то пригласил?',
  redeemLabel: 'Код приглашения',
  redeemHint: 'От\u00a0шести до\u00a0девяти знаков. Подойдёт и ссылка целиком.',
  redeemFull: 'Пригласивший увидит ваш номер полностью.',
  redeemMasked: 'Пригласивший увидит ваш номер не\u00a0полностью: часть цифр будет скрыта.',
  redeemOnce: 'Код вводят один раз, заменить его нельзя.',
  redeem: 'Принять приглашение',
  redeemedTitle: 'Вы здесь по\u00a0приглашению',
  redeemedText: 'Принят код',
  offered: 'Код подставлен из\u00a0ссылки, которую вы открывали.',
  decline: 'Отклонить приглашение',
  toProfile: 'К\u00a0своему профилю',
  brokenTitle: 'Ссылка не\u00a0работает',
  brokenText: 'Это приглашение не\u00a0работает: его нет, или его владелец удалил аккаунт.',
  brokenLimited: (when: string) =>
    `Из\u00a0вашей сети открывали слишком много неработающих приглашений, и\u00a0это мы сейчас не\u00a0можем проверить. Откройте ссылку снова ${when}.`,
  linkEyebrow: 'Ссылка с\u00a0приглашением',
  linkTitle: {
    redeem: 'Вас приглашают',
    share_own: 'Это ваша ссылка',
    nothing_redeemed: 'Уже принято',
    nothing_redeemed_another: 'Вы уже приглашены',
    nothing_circle: 'Вы пригласили раньше',
  },
  linkText: {
    redeem: () => 'Вы уже вошли. Этот код можно принять: тогда владелец кода увидит, что вы пришли по\u00a0нему.',
    share_own: () => 'Это ваш собственный код. Отправьте ссылку друзьям: у\u00a0себя его принять нельзя.',
    nothing_redeemed: () => 'Это приглашение вы уже приняли. Делать больше ничего не\u00a0нужно.',
    nothing_redeemed_another: (redeemed: string) =>
      `Вы уже приняли другое приглашение, ${redeemed}. Принять можно только одно, заменить его нельзя.`,
    nothing_circle: () =>
      'Владельца этого кода пригласили вы или приглашённые вами. Принять его приглашение в\u00a0ответ нельзя.',
  },
};

const en: typeof ru = {
  redeemTitle: 'Did someone invite you?',
  redeemLabel: 'Invite code',
  redeemHint: 'Six to nine characters. A whole link will do, too.',
  redeemFull: 'Whoever invited you will see your full phone number.',
  redeemMasked: 'Whoever invited you will see your phone number with some digits hidden.',
  redeemOnce: 'You can do this once; the code cannot be changed later.',
  redeem: 'Accept the invite',
  redeemedTitle: 'You came with an invite',
  redeemedText: 'Accepted code',
  offered: 'Filled in from the link that you opened.',
  decline: 'Decline the invite',
  toProfile: 'To your profile',
  brokenTitle: 'This invite does not work',
  brokenText: 'There is no such invite, or its owner has deleted the account.',
  brokenLimited: (when: string) =>
    `Too many invites that do not work were opened from your network, so we cannot check this one now. Open the link again ${when}.`,
  linkEyebrow: 'A link with an invite',
  linkTitle: {
    redeem: 'You’re invited',
    share_own: 'This is your link',
    nothing_redeemed: 'Accepted already',
    nothing_redeemed_another: 'You were invited before',
    nothing_circle: 'You invited them first',
  },
  linkText: {
    redeem: () => 'You are signed in already. You can accept this code: its owner will then see that you came with it.',
    share_own: () => 'This is your own code. Send the link to your friends; you cannot accept it yourself.',
    nothing_redeemed: () => 'You have accepted this invite already. There is nothing left to do.',
    nothing_redeemed_another: (redeemed: string) =>
      `You have accepted another invite already, ${redeemed}. You can accept one, and it cannot be replaced.`,
    nothing_circle: () =>
      'You invited the owner of this code, or somebody whom you invited did. You cannot accept theirs in return.',
  },
};

/** The sentences of the pages about redeeming an invite code. */
export const pageMessages: InEachLanguage<typeof ru> = { ru, en };
