import type { AuditNeeds } from '../audit/store.ts';
import { acceptJson } from '../http/body.ts';
import { generalProblems } from '../http/messages.ts';
import type { Server } from '../http/server.ts';
import { recordOf } from '../kit/record.ts';
import { authenticateByKey } from './authenticate.ts';
import { adminDocumentation, describeAdminApi } from './documentation-api.ts';
import { keyApi } from './key-api.ts';
import { adminProblems } from './messages.ts';

/** The dependencies of the management API. */
export interface AdminNeeds extends AuditNeeds {}

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
  parseWholeParameters(server);
  keyApi(server);
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
