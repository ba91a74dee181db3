import type { InEachLanguage } from '../kit/language.ts';

const ru = {
  redeemTitle: 'Вас кто-то пригласил?',
  redeemLabel: 'Код приглашения',
  redeemHint: 'Шесть знаков. Подойдёт и ссылка целиком.',
  redeemFull: 'Пригласивший увидит ваш номер полностью.',
  redeemMasked: 'Пригласивший увидит ваш номер не\u00a0полностью: часть цифр будет скрыта.',
  redeemOnce: 'Код вводят один раз, заменить его нельзя.',
  redeem: 'Принять приглашение',
  redeemedTitle: 'Вы здесь по\u00a0приглашению',
  redeemedText: 'Принят код',
};

const en: typeof ru = {
  redeemTitle: 'Did someone invite you?',
  redeemLabel: 'Invite code',
  redeemHint: 'Six characters. A whole link will do, too.',
  redeemFull: 'Whoever invited you will see your full phone number.',
  redeemMasked: 'Whoever invited you will see your phone number with some digits hidden.',
  redeemOnce: 'You can do this once; the code cannot be changed later.',
  redeem: 'Accept the invite',
  redeemedTitle: 'You came with an invite',
  redeemedText: 'Accepted code',
};

/** The sentences of the pages about redeeming an invite code. */
export const pageWords: InEachLanguage<typeof ru> = { ru, en };
