import type Provider from 'oidc-provider';
import type { TokenEndpointGrantContext } from 'oidc-provider';
import { challengePath, noRedirectUri } from './first-party-request.ts';
import { currentOidcRequest } from './oidc-request.ts';

/**
 * The library with what an app without a browser needs. Its requests are checked as pushed ones, but below the path of their own,
 * which the proofs of DPoP and client assertions name. A code that was issued without a redirect URI is redeemed without one.
 */
export function withFirstParty(Library: typeof Provider): typeof Provider {
  return class extends Library {
    override pathFor(name: string, options?: Parameters<Provider['pathFor']>[1]): string {
      const isChallenge = name === 'pushed_authorization_request' && currentOidcRequest()?.challenge !== undefined;
      return isChallenge ? challengePath : super.pathFor(name, options);
    }

    override registerGrantType<Params extends object>(
      name: string,
      handler: GrantHandler<Params>,
      ...rest: GrantParameters
    ): void {
      super.registerGrantType(name, name === 'authorization_code' ? withoutRedirectUri(handler) : handler, ...rest);
    }
  };
}

type GrantHandler<Params extends object> = (ctx: TokenEndpointGrantContext<Params>) => void | Promise<void>;
type GrantParameters =
  Parameters<Provider['registerGrantType']> extends [string, unknown, ...infer Rest] ? Rest : never;

function withoutRedirectUri<Params extends object>(handle: GrantHandler<Params>): GrantHandler<Params> {
  return (ctx) => {
    const { params } = ctx.oidc;
    if (params.redirect_uri === undefined) Object.assign(params, { redirect_uri: noRedirectUri });
    return handle(ctx);
  };
}

/** Lets the requests of the endpoint have no redirect URI; `redirectUriAllowed` of the library compares with those of the app. */
export function allowNoRedirectUri(Client: Provider['Client']): void {
  const { redirectUriAllowed } = Client.prototype;
  Client.prototype.redirectUriAllowed = function allowed(uri: string): boolean {
    if (uri === noRedirectUri) return currentOidcRequest()?.challenge !== undefined;
    return redirectUriAllowed.call(this, uri);
  };
}
