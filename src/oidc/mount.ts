import { acceptForms } from '../http/pages.tsx';
import type { Server } from '../http/server.ts';
import { oidcApi } from './api.ts';
import { type ClientNeeds, findClient } from './find-client.ts';
import type { FirstPartyNeeds } from './first-party-answer.ts';
import { firstPartyApi } from './first-party-api.ts';
import { type LogoutNeeds, startLogoutNotices } from './logout-notices.ts';
import { lookOf } from './look.ts';
import { lookApi } from './look-api.ts';
import { openProvider } from './open-provider.ts';
import { oidcPages } from './pages.tsx';

/** The apps of a configuration, and the methods by which people here prove a number (RFC 8176). */
export interface OidcOptions {
  readonly clients: ClientNeeds['clients'];
  readonly amr: readonly string[];
}

/** Mounts the endpoints of OpenID Connect and their pages, which share one provider. */
export async function mountOidc(
  server: Server,
  needs: Omit<FirstPartyNeeds, 'amr'> & Pick<LogoutNeeds, 'allowedNetworks'>,
  { clients, amr }: OidcOptions,
): Promise<void> {
  const provider = openProvider({
    ...needs,
    clients,
    amr,
    // with PORT=0 the port is known only after the server listens
    get publicUrl() {
      return server.publicUrl;
    },
  });
  const findLook = async (id: string) => {
    const found = await findClient({ ...needs, clients }, id);
    return found && lookOf(found.client);
  };
  const stopNotices = startLogoutNotices({ ...needs, provider });
  server.addHook('onClose', async () => {
    stopNotices();
    provider.close();
  });
  await server.register(async (files: Server) => lookApi(files, { ...needs, clients }));
  await server.register(async (api: Server) => oidcApi(api, { ...needs, provider }));
  await server.register(async (api: Server) => firstPartyApi(api, { ...needs, provider }));
  await server.register(async (pages: Server) => {
    await acceptForms(pages);
    oidcPages(pages, { ...needs, provider, amr, findLook });
  });
}
