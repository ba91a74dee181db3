import Type from 'typebox';
import { named, ref } from '../http/schema.ts';
import { nullable, time } from './schema.ts';

const text = nullable(Type.String());

/** A person of the management API. */
export const user = named(
  'User',
  Type.Object(
    {
      id: Type.String({ format: 'uuid' }),
      phone_number: Type.String({ description: 'E.164, in clear: the audit trail has each look' }),
      is_unproven: Type.Boolean({ description: 'Whether the number was imported and nobody has signed in with it' }),
      username: text,
      first_name: text,
      last_name: text,
      email: text,
      external_id: nullable(Type.String(), 'The id in the system that the person was imported from'),
      created_at: time('When the account was made'),
      is_blocked: Type.Boolean(),
      sessions: Type.Integer({ description: 'Sessions that have not ended' }),
      invite_code: Type.String(),
      invite_closed_at: nullable(time('When the code was closed')),
      invited_count: Type.Integer(),
      inviter_id: nullable(Type.String({ format: 'uuid' })),
      redeemed_code: text,
    },
    { description: 'A person' },
  ),
);

const event = Type.Object({ at: time('When'), what: Type.String({ description: 'What happened, in a sentence' }) });

/** The story of a number. */
export const trace = named(
  'Trace',
  Type.Object(
    {
      phone_number: Type.String(),
      country: Type.String(),
      reasons: Type.Array(Type.String(), { description: 'Why it gets no code now, or got none lately' }),
      events: Type.Array(event, { description: 'Oldest first' }),
      limits: Type.Array(Type.String(), { description: 'The use of the limits, and when they end' }),
      user: Type.Union([ref(user), Type.Null()], { description: 'Null if nobody has an account with the number' }),
      devices: Type.Array(
        Type.Object({
          device: Type.String({ description: 'The program and the system of the session' }),
          created_at: time('When it signed in'),
          last_used_at: time('Its last use'),
        }),
      ),
      messages: Type.Array(
        Type.Object({
          id: Type.String(),
          state: Type.String(),
          channel: Type.String(),
          provider: Type.String(),
          price: nullable(Type.Number(), 'In units of the currency'),
          currency: text,
          requested_at: time('When the code was requested'),
          delivered_at: nullable(time('When a receipt came')),
          reason: nullable(Type.String(), 'Why it failed, as the provider says'),
        }),
      ),
    },
    { description: 'Everything that is known about a number, in sentences' },
  ),
);
