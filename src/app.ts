import files from '@fastify/static';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyError, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { AdminNeeds } from './admin/admin-api.ts';
import { adminProblems } from './admin/messages.ts';
import type { Brand } from './brand/brand.ts';
import type { Setting } from './config/settings.ts';
import type { ReadStandbys } from './db/database.ts';
import { callbacksApi } from './deliveries/api.ts';
import { inboxPages } from './dev/pages.tsx';
import { type ForwardAuthNeeds, resolveApi } from './forward-auth/resolve-api.ts';
import { acceptReturns } from './forward-auth/returns.ts';
import { logRequests } from './http/access-log.ts';
import { assetRoutes, publicFolder } from './http/assets.ts';
import { acceptJson, bodyLimit } from './http/body.ts';
import { brandFileRoutes } from './http/brand-files.ts';
import { toBranding } from './http/branding.ts';
import { refuseBrokenRequests, refuseUnreadable } from './http/broken-request.ts';
import type { Bounds } from './http/concurrency-limit.ts';
import { allowOrigins } from './http/cross-origin.ts';
import { describeApi, documentationPages } from './http/documentation.ts';
import { type HttpProblem, sendHttpProblem, toProblem } from './http/errors.ts';
import { limitHandlerTime } from './http/handler-timeout.ts';
import { type HealthNeeds, healthApi } from './http/health.ts';
import { languagePage } from './http/language-page.ts';
import { LoadShedder } from './http/load-shedding.ts';
import { refuseMalformed, sendThroughHooks } from './http/malformed.ts';
import { generalProblems } from './http/messages.ts';
import { refuseOtherMethods } from './http/method-not-allowed.ts';
import { countRequests, type MetricsNeeds, metricsApi } from './http/metrics.ts';
import { acceptForms, sendProblemPage, wantsPage } from './http/pages.tsx';
import type { ProblemKinds } from './http/problem.ts';
import { problemPages } from './http/problem-pages.tsx';
import { refuseOverload } from './http/refuse-overload.ts';
import { addSecurityHeaders } from './http/security-headers.ts';
import { buildSerializer } from './http/serializers.ts';
import type { Reply, Request, Server } from './http/server.ts';
import { noticeUntrustedProxy } from './http/untrusted-proxy.ts';
import { invitesApi } from './invites/api.ts';
import { decodableLinkPath } from './invites/link-path.ts';
import { inviteLookupApi } from './invites/lookup-api.ts';
import { inviteProblems } from './invites/messages.ts';
import type { Language } from './kit/language.ts';
import { random } from './kit/random.ts';
import type { Metrics } from './metrics/metrics.ts';
import { appSignIns } from './oidc/browser-session.ts';
import { challengePath, entersCode } from './oidc/first-party-request.ts';
import { mountOidc, type OidcOptions } from './oidc/mount.ts';
import { profileApi } from './profile/api.ts';
import { profileProblems } from './profile/messages.ts';
import { profilePages } from './profile/pages.tsx';
import type { ProfileNeeds } from './profile/view-profile.ts';
import { sessionsApi } from './sessions/api.ts';
import { acceptLegacyTokens } from './sessions/legacy-token.ts';
import { signInApi } from './sign-in/api.ts';
import { keepPending } from './sign-in/code-pages.tsx';
import { forgetInvite, offeredInvite } from './sign-in/invite-pages.tsx';
import { signInProblems } from './sign-in/messages.ts';
import { signInPages } from './sign-in/pages.tsx';
import type { NumberNeeds } from './sign-in/parse-number.ts';
import type { RequestCodeNeeds } from './sign-in/request-code.ts';
import { showWaitingApp } from './sign-in/return-pages.tsx';
import type { VerifyCodeNeeds } from './sign-in/verify-code.ts';
import type { Inbox } from './sms/inbox.ts';

/** The dependencies of all routes, opened by `runtime/http-server.ts`. */
export interface AppNeeds
  extends RequestCodeNeeds,
    VerifyCodeNeeds,
    NumberNeeds,
    ProfileNeeds,
    HealthNeeds,
    AdminNeeds,
    ForwardAuthNeeds,
    MetricsNeeds {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly publicUrl: string;
  readonly defaultLocale: Language;
  /** The identity on pages; by default that of the product. */
  readonly brand?: Brand;
  /** The proxies whose `X-Forwarded-For` is trusted: none, a number of hops, or these IP addresses. */
  readonly trustProxy: false | number | string[];
  /** Whether the management API is served; by default it is not. */
  readonly managementApi?: boolean;
  /** The origins whose pages may call the API; by default none. */
  readonly allowedOrigins?: ReadonlySet<string>;
  /** The apps that sign people in by OpenID Connect; by default it is not served. */
  readonly oidc?: OidcOptions | undefined;
  /** The development inbox, if there is one. */
  readonly inbox: Inbox | undefined;
  /** The clients that may read the inbox; by default those on this machine only. */
  readonly devInbox?: 'loopback' | 'network';
  /** The waits for standbys, during which a request does not count against the concurrency limit. */
  readonly standbyWaits?: Pick<ReadStandbys, 'onWait'>;
  /** The console of operators, below a path of this server or alone on it; by default there is none. */
  readonly console?:
    | { readonly path: string; readonly isAlone: boolean; readonly settings: readonly Setting[] }
    | undefined;
  /** Bounds of the concurrency limit; for tests. */
  readonly concurrencyBounds?: Bounds;
  /** The time for a request that writes; for tests. */
  readonly handlerTimeoutMs?: number;
}

/** The problem types of the public API, by their code. */
const publicProblems: ProblemKinds = {
  ...generalProblems,
  ...signInProblems,
  ...inviteProblems,
  ...profileProblems,
};

/** All problem types of our responses, each of which has a page. */
export const allProblems: ProblemKinds = { ...publicProblems, ...adminProblems };

/** Builds the HTTP server. All routes are mounted by hand here, so that a reader sees who uses whom. */
export async function buildApp(needs: AppNeeds): Promise<Server> {
  const [highPriority, bounds] = [['/api/verify-sms/', '/confirm/'], needs.concurrencyBounds];
  const shedder = new LoadShedder({ highPriority, highPriorityForms: new Map([[challengePath, entersCode]]), bounds });
  needs.standbyWaits?.onWait(() => shedder.limit.suspend());
  const server = createServer(needs, shedder);
  refuseBrokenRequests(server);
  decorate(server, needs);
  const mountRefusals = refuseOtherMethods(server);
  await addSecurityHeaders(server);
  if (needs.allowedOrigins?.size) allowOrigins(server);
  refuseMalformed(server, sendError);
  await server.register(files, {
    root: publicFolder,
    prefix: '/assets/',
    index: false,
    maxAge: '365d',
    immutable: true,
  });
  assetRoutes(server);
  await describeApi(server, Object.keys(publicProblems));
  logRequests(server);
  noticeUntrustedProxy(server);
  countRequests(server, needs);
  limitHandlerTime(server, needs.handlerTimeoutMs ?? 9000);
  await refuseOverload(server, shedder, () => needs.metrics.refused());

  if (!needs.console?.isAlone) {
    await server.register((api: Server) => mountApi(api, needs));
    await server.register((callbacks: Server) => callbacksApi(callbacks, needs));
    await server.register((pages: Server) => mountPages(pages, needs));
    if (needs.managementApi) await mountKeyApis(server, needs);
    if (needs.oidc) await mountOidc(server, needs, needs.oidc);
  }
  await mountConsole(server, needs);
  brandFileRoutes(server);
  mountRefusals();
  await server.ready();
  return server;
}

/** Gives the server the values that responses of any room need. */
function decorate(server: Server, { publicUrl, defaultLocale, brand, allowedOrigins = new Set() }: AppNeeds): void {
  server.decorate('publicUrl', publicUrl);
  server.decorate('defaultLocale', defaultLocale);
  server.decorate('branding', toBranding(brand));
  server.decorate('allowedOrigins', allowedOrigins);
  server.decorateReply('appLook', undefined);
}

/** The calls by API keys. Their modules, like those of the console, take memory only where they are served. */
async function mountKeyApis(server: Server, needs: AppNeeds): Promise<void> {
  const [{ adminApi }, { twilioVerifyApi }] = await Promise.all([
    import('./admin/admin-api.ts'),
    import('./verifications/twilio-api.ts'),
  ]);
  await adminApi(server, needs);
  await server.register(async (api: Server) => twilioVerifyApi(api, needs));
}

async function mountApi(api: Server, needs: AppNeeds): Promise<void> {
  acceptJson(api);
  acceptLegacyTokens(api, needs);
  signInApi(api, needs);
  profileApi(api, needs);
  invitesApi(api, needs);
  inviteLookupApi(api, needs);
  sessionsApi(api, needs);
  healthApi(api, needs);
  metricsApi(api, needs);
  resolveApi(api, needs);
  await documentationPages(api);
}

async function mountPages(pages: Server, needs: AppNeeds): Promise<void> {
  showWaitingApp(pages, needs.keys);
  await acceptForms(pages);
  signInPages(pages, { ...needs, onReturn: acceptReturns(pages, needs) });
  profilePages(pages, {
    ...needs,
    offeredInvite: (request) => offeredInvite(request, needs),
    forgetInvite: (request, reply, code) => forgetInvite(request, reply, needs, code),
    ...(needs.oidc && { appSignIns: appSignIns(needs) }),
  });
  languagePage(pages, (reply, pending) => keepPending(reply, pending, needs));
  problemPages(pages, allProblems);
  if (needs.inbox) inboxPages(pages, { ...needs, inbox: needs.inbox });
}

async function mountConsole(server: Server, needs: AppNeeds): Promise<void> {
  if (!needs.console) return;
  const { path, settings } = needs.console;
  const { consolePages } = await import('./console/pages.tsx');
  await server.register((console: Server) => consolePages(console, { ...needs, base: path, settings }), {
    prefix: path,
  });
}

function createServer(needs: AppNeeds, shedder: LoadShedder): Server {
  const server = fastify({
    serverFactory: (listener) => shedder.serverFor(listener),
    loggerInstance: needs.log,
    logController: new LogController({ disableRequestLogging: true }),
    // a logger made for each request costs a tenth of a profile read; the few lines that need the id name it
    childLoggerFactory: (log) => log,
    genReqId: () => random.id(),
    requestIdHeader: false,
    bodyLimit,
    trustProxy: trusted(needs.trustProxy),
    forceCloseConnections: 'idle',
    rewriteUrl: ({ url = '/' }) => decodableLinkPath(url),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    // the schema of schemas, which ours fit by their types, would be compiled at each start
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: true, validateSchema: false } },
    schemaController: { compilersFactory: { buildSerializer } },
    frameworkErrors: sendThroughHooks,
    clientErrorHandler(error, socket) {
      refuseUnreadable(error, socket, this as unknown as Server);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  server.setErrorHandler((error: FastifyError, request, reply) => sendError(request, reply, toProblem(error, request)));
  server.setNotFoundHandler((request, reply) => sendError(request, reply, { code: 'not_found' }));
  return server as unknown as Server;
}

function sendError(request: Request, reply: Reply, failure: HttpProblem): Reply {
  return wantsPage(request) ? sendProblemPage(request, reply, failure) : sendHttpProblem(request, reply, failure);
}

function trusted(proxies: AppNeeds['trustProxy']): false | string[] | ((address: string, hop: number) => boolean) {
  return typeof proxies === 'number' ? (_address, hop) => hop < proxies : proxies;
}
