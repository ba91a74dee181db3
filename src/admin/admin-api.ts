import type { BlockNeeds } from '../blocks/blocks.ts';
import type { FileClient } from '../config/clients-file.ts';
import { acceptJson } from '../http/body.ts';
import { sendHttpProblem } from '../http/errors.ts';
import { generalProblems } from '../http/messages.ts';
import type { Server } from '../http/server.ts';
import { recordOf } from '../kit/record.ts';
import type { PeopleNeeds } from '../people/person.ts';
import type { WebhookNeeds } from '../webhooks/manage-webhooks.ts';
import { authenticateByKey } from './authenticate.ts';
import { blocksApi } from './blocks-api.ts';
import { clientsApi } from './clients-api.ts';
import { adminDocumentation, describeAdminApi } from './documentation-api.ts';
import { exportsApi } from './exports-api.ts';
import { importsApi, type TransferNeeds } from './imports-api.ts';
import { invitesAdminApi } from './invites-api.ts';
import { keyApi } from './key-api.ts';
import { adminProblems } from './messages.ts';
import { messagesApi } from './messages-api.ts';
import { peopleActsApi } from './people-acts-api.ts';
import { todayApi } from './today-api.ts';
import { usersApi } from './users-api.ts';
import { type VerificationNeeds, verificationsApi } from './verifications-api.ts';
import { webhooksApi } from './webhooks-api.ts';

/** The dependencies of the management API. */
export interface AdminNeeds extends BlockNeeds, TransferNeeds, PeopleNeeds, WebhookNeeds, VerificationNeeds {
  /** The apps of the configuration, if the instance signs people in to apps. */
  readonly oidc?: { readonly clients: ReadonlyMap<string, FileClient> } | undefined;
}

/** Mounts the management API: each call by an API key, without cookies, and in a document of its own. */
export async function adminApi(server: Server, needs: AdminNeeds): Promise<void> {
  await server.register(async (calls: Server) => {
    await describeAdminApi(calls, Object.keys({ ...generalProblems, ...adminProblems }));
    const readDocument = () => calls.adminDocument();
    await calls.register((documentation: Server) => adminDocumentation(documentation, readDocument));
    await calls.register(async (api: Server) => mountCalls(api, needs));
  });
}

function mountCalls(server: Server, needs: AdminNeeds): void {
  acceptJson(server);
  authenticateByKey(server, needs);
  refuseNul(server);
  parseWholeParameters(server);
  keyApi(server);
  usersApi(server, needs);
  peopleActsApi(server, needs);
  todayApi(server, needs);
  messagesApi(server, needs);
  invitesAdminApi(server, needs);
  blocksApi(server, needs);
  webhooksApi(server, needs);
  clientsApi(server, { ...needs, configured: needs.oidc?.clients });
  verificationsApi(server, needs);
  exportsApi(server, needs);
  importsApi(server, needs);
}

/** Turns parameters that are whole numbers into numbers before they are validated: a query has texts only. */
function parseWholeParameters(server: Server): void {
  server.addHook('preValidation', async (request) => {
    const properties = recordOf(recordOf(request.routeOptions.schema?.querystring).properties);
    const parsed = ([name, value]: [string, unknown]) =>
      recordOf(properties[name]).type === 'integer' && typeof value === 'string' && /^\d{1,9}$/.test(value)
        ? [name, Number(value)]
        : [name, value];
    request.query = Object.fromEntries(Object.entries(recordOf(request.query)).map(parsed));
  });
}

/** Refuses the character NUL, which PostgreSQL takes in no text. */
function refuseNul(server: Server): void {
  server.addHook('preValidation', async (request, reply) => {
    const { params, query, body } = request;
    const hasNul = /(?<!\\)(?:\\\\)*\\u0000/.test(JSON.stringify([params, query, body]));
    return hasNul ? sendHttpProblem(request, reply, { code: 'bad_request' }) : undefined;
  });
}
