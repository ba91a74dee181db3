import Type from 'typebox';
import { named } from '../http/schema.ts';
import { nullable, time } from './schema.ts';

const uris = (description: string) => Type.Array(Type.String({ maxLength: 500 }), { maxItems: 50, description });
const url = (description: string) => Type.String({ maxLength: 500, description });

/** The members of an app that a client of the API may give, with the names of RFC 7591. */
export const clientFields = {
  client_name: Type.Optional(Type.String({ maxLength: 60, description: 'The name on pages; the id by default' })),
  application_type: Type.Optional(Type.Enum(['web', 'native'], { description: '`web` by default' })),
  token_endpoint_auth_method: Type.Optional(
    Type.Enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'], {
      description: 'How the app proves who it is; an app in a browser or on a phone has `none`',
    }),
  ),
  redirect_uris: Type.Optional(uris('Where a sign-in ends, compared exactly')),
  post_logout_redirect_uris: Type.Optional(uris('Where a sign-out ends')),
  backchannel_logout_uri: Type.Optional(url('Gets a notice of each sign-out')),
  jwks_uri: Type.Optional(url('The public keys of the app, for `private_key_jwt`')),
  grant_types: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 10 })),
  scope: Type.Optional(Type.String({ maxLength: 1000, description: 'The scopes that it may ask for; all by default' })),
  id_token_signed_response_alg: Type.Optional(Type.Enum(['RS256', 'ES256'])),
  dpop_bound_access_tokens: Type.Optional(Type.Boolean()),
  require_pushed_authorization_requests: Type.Optional(Type.Boolean()),
  first_party: Type.Optional(
    Type.Boolean({ description: 'Whether it is an app of your own: no page asks for consent' }),
  ),
  color: Type.Optional(Type.String({ maxLength: 20, description: 'The colour of its pages, as `#1d4ed8`' })),
  resources: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: 'The APIs for which it may get a JWT, each with its scopes',
    }),
  ),
};

/** An app in a list. */
export const oidcApp = named(
  'Client',
  Type.Object(
    {
      client_id: Type.String(),
      ...clientFields,
      has_logo: Type.Boolean(),
      is_read_only: Type.Boolean({ description: 'Whether it is in CLIENTS_FILE, and is changed there alone' }),
      created_at: nullable(time('When it was registered'), 'Null for an app of CLIENTS_FILE'),
      created_by: nullable(Type.String(), 'The kind of the actor and their id'),
      previous_until: nullable(time('Until when its previous secret is valid, too')),
    },
    { description: 'An app that signs people in by OpenID Connect, without its secret' },
  ),
);
