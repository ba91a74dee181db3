import type { EventName, EventResult } from '../../audit/event.ts';
import type { BlockKind } from '../../blocks/block.ts';
import type { DeliveryState } from '../../deliveries/delivery.ts';
import type { PhoneNumberRefusal } from '../../kit/phone-number.ts';
import type { TextsLike } from '../../kit/text.ts';
import { maxFailures, type RefusingRule } from '../../limits/rules.ts';
import type { Act } from '../../operators/act.ts';
import type { DeviceTrust } from '../../sign-in/challenge.ts';

/** The sentences about numbers, people and acts in English: console, command line and management API have the same. */
export const en = {
  refusals: {
    act_not_allowed: 'Your role does not allow this.',
    reason_needed: 'Write down the reason.',
    fresh_code_needed: 'Enter a fresh code first.',
    unknown_cursor: 'This page of the list no longer exists. Start from the beginning.',
    not_a_phone_number: 'This is no phone number.',
    person_unknown: 'There is no such person.',
    block_malformed: 'This is no number, ID, prefix, country or network of that kind.',
    block_too_wide: 'This is too wide: a network of at least /8 (IPv6: /16), or a longer prefix.',
    block_unknown: 'This block is gone already.',
    end_in_the_past: 'The end lies in the past.',
    username_taken: 'Another account has this user name.',
    email_taken: 'Another account has this e-mail address.',
    invite_unknown: 'There is no such invite code.',
  },
  acts: {
    read_totals: 'read totals',
    read_messages: 'read messages',
    read_people: 'read lists of people',
    read_invites: 'read invites',
    read_blocks: 'read blocks',
    read_settings: 'read settings',
    reveal_number: 'looked at a number in clear',
    unlock_number: 'let a number try again',
    end_sessions: 'ended sessions',
    change_person: 'changed a person',
    block: 'blocked',
    unblock: 'took a block away',
    close_invite: 'closed an invite code',
    erase_person: 'erased a person',
    export_person: 'exported a person',
    export_all: 'exported everything',
    import_people: 'imported people',
    read_events: 'read events',
    manage_webhooks: 'changed webhooks',
    verify_numbers: 'verified a number',
    manage_keys: 'changed API keys',
    read_clients: 'read apps',
    manage_clients: 'changed apps',
    read_audit: 'read the audit trail',
    manage_operators: 'changed operators',
  },
  events: {
    signed_in: 'signed in',
    signed_out: 'signed out',
    sessions_ended: 'ended sessions',
    profile_changed: 'changed the profile',
    invite_redeemed: 'redeemed an invite code',
    account_erased: 'deleted the account',
    number_verified: 'verified the number for an application',
    test_message_sent: 'sent a test message',
    backup_made: 'made a backup',
    backup_restored: 'restored a backup',
    operator_act: 'an act',
  },
  results: { succeeded: 'succeeded', failed: 'failed', refused: 'refused' },
  /** The rules that refuse a request, each after a colon. */
  rules: {
    pause: 'the pause after the last message was not over',
    hour: 'the limit of messages to the number in an hour was reached',
    day: 'the limit of messages to the number in a day was reached',
    network_messages: 'the hourly limit of messages of its client IP was reached',
    network_messages_56: 'the hourly limit of messages of its IPv6 /56 was reached',
    network_messages_48: 'the hourly limit of messages of its IPv6 /48 was reached',
    daily_max: 'SMS_DAILY_MAX was reached',
    guesses_of_day: 'too many wrong codes had been entered for all numbers that day',
    test_number: 'the hourly limit of a test number was reached',
    guess: 'its client IP had entered too many codes that it had not requested',
    guess_56: 'its IPv6 /56 had entered too many codes that it had not requested',
    guess_48: 'its IPv6 /48 had entered too many codes that it had not requested',
    test_guess: 'too many wrong codes had been entered for the test number',
    blocked_number: 'the number is blocked',
    blocked_prefix: 'a prefix of the number is blocked',
    blocked_country: 'the country of the number is blocked',
    blocked_network: 'the network of the client is blocked',
    locked: `${maxFailures} wrong codes in a row had been entered`,
  },
  why: {
    blocked: {
      number: 'The number is blocked{until} and gets no code{reason}.',
      account: 'The account of the number is blocked{until}{reason}.',
      prefix: 'The prefix {value} is blocked{until} and gets no code{reason}.',
      country: 'The country {value} is blocked{until} and gets no code{reason}.',
      network: 'The network {value} is blocked{until} and gets no code{reason}.',
    },
    until: ' until {time}',
    reason: ': {reason}',
    policy: {
      country_not_served: 'It gets no code: SMS_COUNTRIES does not name {country}.',
      mobile_number_needed: 'It gets no code: it is no mobile number, and PHONE_NUMBER_POLICY asks for one.',
      not_a_phone_number: 'It gets no code: its range is not in use, and PHONE_NUMBER_POLICY asks for that.',
      unknown_region: 'It gets no code: its country is unknown.',
    },
    locked:
      'Only devices that signed in before get a code: {max} wrong codes in a row were entered. Let it try now to end that.',
    full: {
      hour: 'It gets no code until {time}: all {quota} messages of an hour are used.',
      day: 'It gets no code until {time}: all {quota} messages of a day are used.',
    },
    lately: 'Refused within the last hour: {rule}.',
    noAnswer: 'no reason given',
    last: {
      waiting: 'The last message ({time}) waits to be sent by {provider}.',
      sending: 'The last message ({time}) is being sent by {provider}.',
      accepted: '{provider} accepted the last message ({time}) and has reported no delivery. The phone may be off.',
      delivered: '{provider} reports the delivery of the last message ({time}), but its code was not entered.',
      failed: 'The last message ({time}) failed at {provider}: {answer}.',
      unknown: 'It is unknown whether {provider} sent the last message ({time}): {answer}.',
      dropped: 'The last message ({time}) was not sent: {answer}.',
    },
  },
  tells: {
    refused: 'A request was refused: {rule}.',
    refusedTimes: 'Requests were refused {times} times in all: {rule}.',
    entered: {
      unknown_device: 'A code was entered.',
      known_device: 'A code was entered on a device that had signed in before.',
    },
    signedIn: { unknown_device: 'Signed in.', known_device: 'Signed in on a device that had signed in before.' },
    allUsed: 'All {count} guesses of the code were used.',
    requested: 'A code was requested; the first route is {provider}.',
    called: '{provider} was called for {channel}.',
    calledNext: 'Then {provider} was called for {channel}.',
    accepted: '{provider} accepted the message{reference}{price}.',
    reference: ', as {reference}',
    price: ', for {amount} {currency}',
    delivered: '{provider} reports the delivery.',
    refusedMessage: '{provider} did not accept the message: {answer}.',
    notDelivered: '{provider} reports that the message was not delivered: {answer}.',
    unknown: 'It is unknown whether {provider} sent the message: {answer}. It was not sent again.',
    dropped: 'The message was not sent: {answer}.',
    waiting: 'The message is waiting to be sent.',
    used: 'The code was used {seconds} s after the request.',
    details: ': {details}',
    origin: '; from {origin}',
    reason: '; reason: {reason}',
  },
  limits: {
    who: { known_device: 'Devices that have signed in before', unknown_device: 'All other devices' },
    hour: '{used} of {quota} messages in the last hour.',
    day: '{used} of {quota} messages in the last day.',
    failures: '{failures} of {max} wrong codes in a row.',
    test: 'a test number: nothing is sent, and {quota} codes an hour may be requested.',
    noCode: 'no code is open.',
    code: 'a code is open until {time}; guesses left: {left}.',
    codeOfNetwork: 'a code is open until {time}; guesses left: {left} with its token, {others} without.',
    until: 'Next code from',
  },
} as const satisfies AllWords;

/** The sentences in one language. */
export type StoryWords = TextsLike<typeof en>;

/** A word for each value that the database or the rules have: a forgotten one does not compile. */
interface AllWords extends Words {
  readonly acts: Readonly<Record<Act, string>>;
  readonly events: Readonly<Record<EventName, string>>;
  readonly results: Readonly<Record<EventResult, string>>;
  readonly rules: Readonly<Record<RefusingRule, string>>;
  readonly why: Words & {
    readonly blocked: Readonly<Record<BlockKind, string>>;
    readonly policy: Readonly<Record<PhoneNumberRefusal['code'], string>>;
    readonly last: Readonly<Record<DeliveryState, string>>;
  };
  readonly tells: Words & Readonly<Record<'entered' | 'signedIn', Readonly<Record<DeviceTrust, string>>>>;
  readonly limits: Words & { readonly who: Readonly<Record<DeviceTrust, string>> };
}

type Words = Readonly<Record<string, unknown>>;
