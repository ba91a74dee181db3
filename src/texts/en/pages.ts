/** The texts that every page shares. */
export const site = {
  skip: 'Skip to content',
  language: 'Language',
  signOut: 'Sign out',
  api: 'API',
  brandLinks: {
    terms: 'Terms',
    privacy: 'Privacy',
    support: 'Support',
  },
  motto: 'Sign in with your phone, invited by friends. No passwords.',
  error: 'Error:',
  summary: 'Please check this',
  errorEyebrow: 'That didn’t work',
  details: 'Details',
  errorStatus: 'Error',
  requestId: 'Request ID',
  home: 'Start page',
  back: 'Go back',
  notFoundTitle: 'Page not found',
  notFoundText: 'Check the address, or go to the start page.',
  refusedTitle: 'Something went wrong',
  refusedText: 'Go back to the previous page, reload it and try again.',
  brokenTitle: 'Please try again',
  brokenText: 'Something went wrong on our side. Try again in a minute.',
  repeat: 'Try again',
  problemEyebrow: 'What this error means',
  problemCode: 'Error code',
} as const;

/** The texts of the pages of signing in. */
export const signIn = {
  phoneEyebrow: 'Sign in or sign up',
  phoneTitle: 'What’s your number?',
  phoneLead: 'We’ll text you a code. No password to invent.',
  phoneLabel: 'Phone number',
  regionLabel: 'Country',
  noCountry: 'No such country in the list',
  otherCountry: 'Choose another country',
  twoReadings: 'Numbers of two countries are written like this. Choose yours.',
  sendCode: 'Text me a code',
  agreement: {
    both: 'By continuing, you accept {terms} and {privacy}.',
    terms: 'By continuing, you accept {terms}.',
    privacy: 'By continuing, you accept {privacy}.',
  },
  termsLink: 'the terms of use',
  privacyLink: 'the privacy policy',
  newHere: 'New here? Your profile appears as soon as you enter the code.',
  invitedEyebrow: 'A personal invite',
  invitedTitle: 'You’re invited',
  invitedPreview: 'Your invite code is {code}. All you need to sign in is a phone number.',
  invitedText: 'The invite is accepted when you sign up.',
  brokenText: 'Ask for the link once more, or sign up without it: you do not need an invite.',
  withoutInvite: 'Sign in without the invite',
  cookiesOff:
    'Your browser does not keep cookies, and signing in does not work without them. Nothing was sent. Allow cookies for this site and try again.',
  invitedFull: 'The person who invited you will see your full phone number, and your first name if you give one.',
  invitedMasked:
    'The person who invited you will see your phone number with some digits hidden, and your first name if you give one.',
  codeEyebrow: 'One step to go',
  codeTitle: {
    sms: 'Enter the code from the text',
    telegram: 'Enter the code from Telegram',
    whatsapp: 'Enter the code from WhatsApp',
  },
  codeTo: {
    sending: {
      sms: 'Sending to',
      telegram: 'Sending by Telegram to',
      whatsapp: 'Sending by WhatsApp to',
    },
    sent: {
      sms: 'Sent to',
      telegram: 'Sent by Telegram to',
      whatsapp: 'Sent by WhatsApp to',
    },
    failed: {
      sms: 'Could not be sent to',
      telegram: 'Could not be sent by Telegram to',
      whatsapp: 'Could not be sent by WhatsApp to',
    },
    unknown: {
      sms: 'The code for',
      telegram: 'The code for',
      whatsapp: 'The code for',
    },
  },
  checkSending: 'Check again',
  sendingFailed: {
    number: 'The carrier did not deliver the message. Check the number and that the phone has signal.',
    service: 'The message was not sent: the problem is on our side. Ask for the code again.',
  },
  changeNumber: 'Change number',
  codeLabel: {
    one: '{count}-digit code',
    other: '{count}-digit code',
  },
  codeLabelUnknown: 'Code from the message',
  codeIncomplete: 'Enter the whole code.',
  offline: 'No connection to the server. Check your internet and try again.',
  codeValid: {
    one: 'Valid for {count} minute.',
    other: 'Valid for {count} minutes.',
  },
  codeInvite: 'If you are new here, the invite {code} is accepted.',
  expiredEyebrow: 'Time is up',
  expiredTitle: 'The code has expired',
  expiredText: 'This code no longer works. We can send a new one to',
  sendNew: 'Send a new code',
  signIn: 'Sign in',
  noCode: 'No code?',
  noCodeWait: 'A message can take a couple of minutes. Check your blocked and spam messages, too.',
  noCodeNumber: 'Check the number:',
  noCodeChannel: {
    sms: 'The next code will come by text.',
    telegram: 'The next code will come by Telegram.',
    whatsapp: 'The next code will come by WhatsApp.',
  },
  noCodeSupport: 'If nothing helps, {support}.',
  supportLink: 'contact support',
  resend: 'Resend',
  resendBy: {
    sms: 'Resend by text',
    telegram: 'Resend by Telegram',
    whatsapp: 'Resend by WhatsApp',
  },
  resendIn: {
    again: 'Resend in',
    sms: 'Resend by text in',
    telegram: 'Resend by Telegram in',
    whatsapp: 'Resend by WhatsApp in',
  },
  resendAt: 'Ask again at',
  resendOn: 'Ask again on',
  resendReady: 'You can now ask for the code again.',
  notices: {
    sent_again: 'The code is the same as before. Either message works.',
    sent_new: 'This is a new code. The earlier one no longer works.',
    under_way: 'We have already sent a code to this number. Enter it, or wait before you ask for another one.',
  },
  phoneNotices: {
    signed_out: 'You are signed out on this device.',
    erased: 'Your account is deleted, and your number erased.',
    session_over: 'Your session has ended. Please sign in again.',
    session_over_unsaved: 'Your session has ended, and your changes were not saved. Please sign in again.',
    invite_declined: 'Invite declined. You can sign in without it.',
  },
  devMessage: 'Text message for developers',
} as const;

/** The texts of the development inbox. */
export const dev = {
  title: 'Development inbox',
  note: 'Every text message of this server arrives here. In production this page does not exist.',
  empty: 'Nothing yet. Ask for a code and it will appear here.',
  to: 'To:',
  signIn: 'To sign-in',
  refresh: 'Refresh',
  older: 'And {count} older ones: all are in /dev/inbox.json, and /dev/inbox?phone=%2B7… shows those to one number.',
} as const;

/** The sentences of the SMS, friendliest first: the first that fits one segment is sent. */
export const message = {
  code: ['{code} is your sign-in code. Do not share it with anyone.', '{code} is your sign-in code', 'Code {code}'],
  branded: [
    '{code} is your {brand} sign-in code. Do not share it with anyone.',
    '{code} is your {brand} sign-in code',
    '{brand} code: {code}',
    '{brand}: {code}',
  ],
} as const;
