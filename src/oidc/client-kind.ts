const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code';

/** The kinds of apps, each with its members of a description. */
const kinds = {
  web: { application_type: 'web', token_endpoint_auth_method: 'client_secret_basic' },
  spa: { application_type: 'web', token_endpoint_auth_method: 'none' },
  native: { application_type: 'native', token_endpoint_auth_method: 'none' },
  device: {
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: [deviceCode, 'refresh_token'],
  },
  api: { application_type: 'web', token_endpoint_auth_method: 'client_secret_basic', grant_types: [] },
} as const;

/** A kind of app: on a server, in a browser, on a phone or a desk, on a device without a browser; or an API, which only asks. */
export type ClientKind = keyof typeof kinds;

/** The names of the kinds. */
export const clientKinds: readonly ClientKind[] = ['web', 'spa', 'native', 'device', 'api'];

/** The values that a person gives for an app; what is left out has its default. */
export interface ClientForm {
  readonly client_id: string;
  readonly client_name?: string | undefined;
  readonly redirect_uris?: readonly string[] | undefined;
  readonly post_logout_redirect_uris?: readonly string[] | undefined;
  readonly backchannel_logout_uri?: string | undefined;
  readonly color?: string | undefined;
  readonly logo_uri?: string | undefined;
  readonly resources?: Readonly<Record<string, string>> | undefined;
  readonly first_party: boolean;
}

/** The description of an app of a kind. */
export function describeClient(kind: ClientKind, form: ClientForm): Readonly<Record<string, unknown>> {
  const given = Object.entries(form).filter(([, value]) => value !== undefined);
  return { ...kinds[kind], ...Object.fromEntries(given) };
}
