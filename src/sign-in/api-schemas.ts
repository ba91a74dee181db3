import Type from 'typebox';
import { named } from '../http/schema.ts';

const phoneNumber = Type.String({
  minLength: 1,
  description: 'International in any spelling, or national with `region_code` or in the default region',
  examples: ['+7 916 123-45-67'],
});
const regionCode = Type.Optional(
  Type.Union([Type.String(), Type.Null()], {
    description: 'ISO 3166-1 alpha-2, for a number in national form',
    examples: ['RU'],
  }),
);
const exampleToken = 'vouchc_47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';
const challenge = (description: string) =>
  Type.Optional(Type.Union([Type.String(), Type.Null()], { description, examples: [exampleToken] }));
const channels = ['sms', 'telegram', 'whatsapp'] as const;

/** Asks for a code. */
export const codeRequest = named(
  'CodeRequest',
  Type.Object(
    {
      phone_number: phoneNumber,
      region_code: regionCode,
      challenge: challenge(
        'The token of an earlier answer: sends the code that is under way again. Without it the client network stands in, which others may share; a client can avoid that by making its first token itself: `vouchc_` and 32 random bytes in base64url',
      ),
    },
    { examples: [{ phone_number: '+7 916 123-45-67' }] },
  ),
);

/** The code is on its way. */
export const codeSent = named(
  'CodeSent',
  Type.Object(
    {
      phone_number: Type.String({ description: 'E.164' }),
      region_code: Type.Optional(Type.String({ description: 'As it was given' })),
      expires_in: Type.Integer({ description: 'Seconds until the code ends' }),
      resend_in: Type.Integer({ description: 'Seconds until it can be sent again' }),
      code_length: Type.Integer({ minimum: 4, maximum: 8, description: 'Digits of the code' }),
      challenge: Type.String({
        description: 'Ties the code to the client that asked: send it with the code, and when asking again',
      }),
      channel: Type.Enum(channels, { description: 'How the code travels' }),
      next_channel: Type.Enum(channels, { description: 'How it travels where it is asked for again' }),
    },
    {
      examples: [
        {
          phone_number: '+79161234567',
          expires_in: 600,
          resend_in: 30,
          code_length: 6,
          challenge: exampleToken,
          channel: 'sms',
          next_channel: 'sms',
        },
      ],
    },
  ),
);

/** Enters a code. */
export const codeEntry = named(
  'CodeEntry',
  Type.Object(
    {
      phone_number: phoneNumber,
      region_code: regionCode,
      challenge: challenge(
        'The token from the answer to the request for this code. Without it a code works only from the client network that requested it without a token',
      ),
      sms_code: Type.Union([Type.String({ minLength: 1 }), Type.Integer({ minimum: 0 })], {
        description: 'As a string; a number has lost its leading zeros, and is tried with them',
        examples: ['012345'],
      }),
      invite_code: Type.Optional(
        Type.Union([Type.String(), Type.Null()], {
          description:
            'Redeemed if this signs up a new person and the code can be redeemed; ignored otherwise. Leave it out to sign up without an invite; `GET /api/invites/{code}` says what the inviter will see',
        }),
      ),
    },
    { examples: [{ phone_number: '+79161234567', sms_code: '012345', challenge: exampleToken }] },
  ),
);

/** A session was opened. */
export const signedIn = named(
  'SignedIn',
  Type.Object(
    {
      token: Type.String({ description: 'For `Authorization: Token …` or `Bearer …`' }),
      id: Type.String({
        format: 'uuid',
        description: 'Identifies the account for good: keep data by it, not by the number, which can change hands',
      }),
      expires_at: Type.String({ format: 'date-time', description: 'The session ends then at the latest' }),
      created: Type.Boolean({ description: 'Whether this person was unknown until now' }),
    },
    {
      examples: [
        {
          token: 'vouch_…',
          id: '3f0c1c0e-8d4b-4a57-9f61-0e6c5f3b2a90',
          expires_at: '2027-01-01T12:00:00.000Z',
          created: true,
        },
      ],
    },
  ),
);
