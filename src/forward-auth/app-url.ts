import type { IncomingHttpHeaders } from 'node:http';
import { parseReturnTarget } from '../sign-in/return-to.ts';

/**
 * The address that a proxy was asked for: `X-Original-URL` (nginx), else `X-Forwarded-Proto`, `-Host` and `-Uri` (Caddy,
 * Traefik); undefined unless its origin is exactly one of the allowed ones.
 */
export function findReturnAddress(headers: IncomingHttpHeaders, origins: ReadonlySet<string>): string | undefined {
  const text = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value : '';
  };
  const forwarded = `${text('x-forwarded-proto')}://${text('x-forwarded-host')}${text('x-forwarded-uri')}`;
  return parseAppUrl(text('x-original-url') || forwarded, origins);
}

/** Parses the URL of an app; undefined unless its origin is exactly one of the allowed ones. */
export function parseAppUrl(text: string | undefined, origins: ReadonlySet<string>): string | undefined {
  return text !== undefined && /^https?:/i.test(text) ? parseReturnTarget(text, origins) : undefined;
}
