import Type from 'typebox';
import { named } from '../http/schema.ts';
import { eventTypes } from '../webhooks/endpoint.ts';
import { nullable, time } from './schema.ts';

/** The fields of an endpoint that a client chooses. */
export const webhookFields = {
  url: Type.String({ minLength: 1, maxLength: 2000, description: 'Where events are sent, by https' }),
  description: Type.String({ maxLength: 200 }),
  events: Type.Array(Type.Enum([...eventTypes]), { maxItems: 50, description: 'The types of events' }),
  with_numbers: Type.Boolean({ description: 'Whether the phone number is in the events' }),
};

/** An endpoint of webhooks. */
export const webhook = named(
  'Webhook',
  Type.Object(
    {
      id: Type.String(),
      ...webhookFields,
      created_at: time('When it was added'),
      last_seq: Type.String({ description: 'The number of its newest event' }),
      waiting: Type.String({ description: 'Events that have not been delivered yet, counted up to 10,000' }),
      failing_since: nullable(time('The first failure since the last success')),
      disabled_at: nullable(time('When it was disabled')),
      disabled_reason: nullable(Type.String(), 'operator, gone (410) or failing'),
      previous_until: nullable(time('Until when the previous secret signs, too')),
    },
    { description: 'An endpoint of webhooks, without its secret' },
  ),
);

/** An event of an endpoint. */
export const webhookEvent = named(
  'WebhookEvent',
  Type.Object(
    {
      seq: Type.String({ description: 'Its number at this endpoint, without gaps' }),
      event_id: Type.String({ description: 'The same wherever and however often it is sent' }),
      type: Type.String(),
      at: time('When it happened'),
      data: Type.Object({}, { additionalProperties: true, description: 'Ids' }),
      state: Type.String({ description: 'waiting, delivered, failed or paused' }),
      attempts: Type.Integer(),
      next_at: nullable(time('The next attempt')),
    },
    { description: 'An event' },
  ),
);

/** An attempt to send an event. */
export const webhookAttempt = named(
  'WebhookAttempt',
  Type.Object(
    {
      seq: Type.String(),
      event_id: Type.String(),
      type: Type.String(),
      number: Type.Integer({ description: 'Of the attempts of this event' }),
      at: time('When it was made'),
      status: nullable(Type.Integer(), 'The status of the response; null without one'),
      error: nullable(Type.String()),
      milliseconds: Type.Integer(),
    },
    { description: 'An attempt to send an event' },
  ),
);
