/** The problem types of the API, and the sentences of refusals. */
export const problems = {
  invalid_request: {
    title: 'Invalid data',
    explanation: 'A field is missing or invalid. The response names each field and says how to correct it.',
  },
  malformed_json: {
    title: 'Not JSON',
    explanation: 'The body of the request cannot be read as a JSON object in UTF-8.',
  },
  bad_request: {
    title: 'Bad request',
    explanation: 'The URL, a header or the body of the request is malformed.',
  },
  unauthenticated: {
    title: 'Sign in first',
    explanation:
      'The request had no token, or its session is over. Get a new token from /api/request-sms/ and /api/verify-sms/ and send it as Authorization: Token … or Bearer ….',
  },
  cross_site: {
    title: 'Form from another site',
    explanation: 'The browser says that another site sent this form. Reload the page and try again.',
  },
  not_the_provider: {
    title: 'Invalid signature',
    explanation: 'The receipt is not signed by the provider whose name is in the URL.',
  },
  not_found: {
    title: 'Not found',
    explanation: 'There is nothing at this URL.',
  },
  method_not_allowed: {
    title: 'Method not allowed',
    explanation: 'This URL does not allow that method. The header Allow lists the allowed ones.',
  },
  payload_too_large: {
    title: 'Request too large',
    explanation: 'The body of the request is over 16 KiB.',
  },
  uri_too_long: {
    title: 'URL too long',
    explanation: 'A part of the URL is longer than any that this service uses.',
  },
  unsupported_media_type: {
    title: 'JSON needed',
    explanation: 'The API accepts only Content-Type: application/json, without Content-Encoding.',
  },
  internal_error: {
    title: 'Server error',
    explanation: 'Something went wrong on the server. The log has the error under the id of the request (instance).',
  },
  overloaded: {
    title: 'Server overloaded',
    explanation: 'The server has too many requests. Nothing was changed; try again in a few seconds (Retry-After).',
  },
  unavailable: {
    title: 'Temporarily unavailable',
    explanation: 'The database does not answer. Nothing was changed; try again in a few seconds (Retry-After).',
  },
  not_a_phone_number: {
    title: 'Not a phone number',
    explanation:
      'The number could not be read. Write it with its country code, such as +44 7911 123456, or name the country in region_code.',
    sentence: 'This does not look like a phone number. Write it with its country code, such as +44 7911 123456.',
  },
  mobile_number_needed: {
    title: 'A mobile number is needed',
    explanation:
      'Codes go to mobile phones only. Landline, toll-free, premium-rate, short and internet numbers do not work.',
    sentence: 'A mobile number is needed: landline, toll-free and short numbers cannot get a code.',
  },
  country_not_served: {
    title: 'Country not served',
    explanation:
      'Codes are not sent to numbers of this country. The operator decides which countries are served (SMS_COUNTRIES).',
    sentence: 'Codes are not sent to numbers of this country: {country}.',
    withoutCountry: 'Codes are not sent to satellite and international numbers ({country}).',
  },
  wrong_code: {
    title: 'Incorrect code',
    explanation:
      'The code is incorrect, has expired, was used, or was not requested by this client. A code works for ten minutes, once, for the client that requested it, and allows five attempts. Request a new one.',
    sentence: 'Incorrect code, or it has expired.',
    left: {
      one: 'Incorrect code. {count} attempt left.',
      other: 'Incorrect code. {count} attempts left.',
    },
    noneLeft: 'Incorrect code. No attempts left: request a new code.',
  },
  too_many_messages: {
    title: 'Too many messages',
    explanation:
      'One number gets at most five messages an hour and ten a day, from all clients together. Each client pauses 30, 60, then 120 seconds. One IP address has a rate limit, too. Retry-After says when to try again.',
    sentence: 'Too often. You can ask for another message {when}.',
    shared: 'This number has had as many messages as it may. You can ask for another message {when}.',
  },
  sending_busy: {
    title: 'Too many messages waiting',
    explanation:
      'So many messages are waiting that the code would arrive too late. Nothing was sent or counted. Retry-After says when to try again.',
    sentence: 'We can’t send codes right now. Try again {when}.',
  },
  daily_max: {
    title: 'No more messages today',
    explanation:
      'The service sends no more codes today: it has sent as many messages as its operator allows in a day (SMS_DAILY_MAX), or too many incorrect codes were entered. The next day begins at midnight UTC. A device that has signed in with this number may still get codes. Retry-After says when to come back.',
    sentence: 'We can’t send codes right now. Try again {when}.',
  },
  too_many_guesses: {
    title: 'Too many attempts',
    explanation:
      'Too many codes were entered from one client network that had not requested them, or too many incorrect ones for a test number. Retry-After says when to try again.',
    sentence: 'Too many attempts. Try again {when}.',
  },
  number_locked: {
    title: 'Sign-in with this number is paused',
    explanation:
      'Too many incorrect codes in a row were entered for this number. Only a device that has signed in with it gets new codes; a sign-in there, or an operator, ends the pause.',
    sentence:
      'Sign-in with this number is paused, because too many incorrect codes were entered. Sign in on a device that you have used before, or ask support.',
  },
  number_not_served: {
    title: 'Number not served',
    explanation:
      'Codes are not sent to this number: the operator has excluded it, or a range that it belongs to. That says nothing about an account.',
    sentence: 'Codes are not sent to this number. Use another one, or contact support.',
  },
  network_blocked: {
    title: 'Network blocked',
    explanation: 'The operator has blocked the client network of the request. Other networks work.',
    sentence: 'Requests from your network are not accepted. Try another network, or contact support.',
  },
  account_blocked: {
    title: 'Account blocked',
    explanation: 'The code was right, and the account is blocked. The operator can unblock it.',
    sentence: 'Your account is blocked. Contact support.',
  },
  redeem_blocked: {
    title: 'Redeeming blocked',
    explanation: 'The operator has blocked the number of the person, or a range that it belongs to.',
    sentence: 'Invite codes cannot be redeemed with your number. Contact support.',
  },
  challenge_needed: {
    sentence: 'Send the challenge from the answer to the request for a code.',
  },
  unknown_region: {
    sentence: 'Enter a country code of two letters, such as RU.',
  },
  invite_code_malformed: {
    title: 'Not an invite code',
    explanation:
      'An invite code has six to nine characters, digits and consonants, such as KX3RT7. Case, spaces and keyboard layout do not matter.',
    sentence: 'An invite code has six to nine characters, digits and letters.',
  },
  invite_code_unknown: {
    title: 'No such code',
    explanation: 'Nobody has this invite code. Check it with the person who invited you.',
    sentence: 'There is no such invite code.',
  },
  invite_code_own: {
    title: 'This is your own code',
    explanation: 'Your own code is for others: you cannot redeem it yourself.',
    sentence: 'You cannot redeem your own invite code.',
  },
  invite_code_already_redeemed: {
    title: 'A code was redeemed already',
    explanation: 'You can redeem one code, once, and it cannot be replaced.',
    sentence: 'You have redeemed another invite code already.',
  },
  invite_code_circle: {
    title: 'The invites would close a circle',
    explanation: 'You invited this person, or somebody you invited did.',
    sentence: 'You invited this person, or somebody you invited did.',
  },
  invite_not_working: {
    title: 'The invite does not work',
    explanation: 'There is no such invite, or its owner has deleted the account. You can sign up without it.',
    sentence: 'There is no such invite, or its owner has deleted the account. You can sign up without it.',
  },
  too_many_redeem_attempts: {
    title: 'Too many attempts',
    explanation: 'At most a hundred invite codes an hour can be tried. Retry-After says when to come back.',
    sentence: 'Too many attempts. Try again {when}.',
  },
  recent_sign_in_required: {
    title: 'A new code is needed',
    explanation:
      'Deleting an account needs a sign-in within the last five minutes. Sign in again and repeat the request.',
    sentence: 'Deleting an account needs a sign-in within the last five minutes. Sign in again and repeat the request.',
  },
  too_many_profile_attempts: {
    title: 'Too many attempts',
    explanation:
      'You can try at most twenty usernames and email addresses of other users an hour. Retry-After says when to try again.',
    sentence: 'Too many attempts. Try again {when}.',
  },
  username_taken: {
    sentence: 'A user with that username, or one that looks like it, already exists.',
  },
  username_invalid: {
    sentence: 'Use letters, digits and keyboard signs: no emoji, no invisible characters, one writing direction.',
  },
  email_taken: {
    sentence: 'Another user already has this email address.',
  },
  email_invalid: {
    sentence: 'Enter a valid email address.',
  },
  control_characters: {
    sentence: 'Remove the control characters.',
  },
} as const;

/** The sentences about a field. */
export const validation = {
  required: 'This field is required.',
  blank: 'This field may not be blank.',
  notAString: 'A string is needed.',
  notAnObject: 'A JSON object is needed.',
  tooLong: {
    one: 'Ensure this field has no more than {count} character.',
    other: 'Ensure this field has no more than {count} characters.',
  },
  email: 'Enter a valid email address.',
  controlCharacters: 'Remove the control characters.',
  regionCode: 'Enter a country code of two letters, such as RU.',
  unknown: 'There is no such field.',
  generic: 'This value is invalid.',
} as const;

/** The sentences about a missing or invalid token. */
export const credentials = {
  missing: 'Authentication credentials were not provided.',
  invalid: 'Invalid token.',
} as const;
