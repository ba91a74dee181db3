import type { OidcClient } from '../config/oidc-client.ts';
import type { AppLook } from '../http/branding.ts';

/** The folder of the pictures of apps. */
export const logoFolder = '/brand/apps';

/** The look of an app on the pages of a sign-in for it. The URL of its logo changes with the picture. */
export function lookOf({
  client_id: id,
  client_name: name,
  color,
  logo,
}: Pick<OidcClient, 'client_id' | 'client_name' | 'color' | 'logo'>): AppLook {
  const url = logo && `${logoFolder}/${id}${logo.type === 'image/png' ? '.png' : '.webp'}?v=${logo.hash}`;
  return { name, ...(color ? { color } : {}), ...(logo && url ? { logo: { url, ratio: logo.ratio } } : {}) };
}
