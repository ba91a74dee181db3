import { Readable } from 'node:stream';
import type { Server } from '../http/server.ts';
import { withPageSession } from '../sessions/with-page-session.tsx';
import { readOwnData } from './read-own-data.ts';
import type { ProfileNeeds } from './view-profile.ts';

/** The route by which a person downloads their own data: JSON, as the GDPR asks for (articles 15 and 20). */
export function dataPages(server: Server, needs: ProfileNeeds): void {
  server.get('/account/data.json', (request, reply) =>
    withPageSession(
      request,
      reply,
      (credential) => readOwnData(needs, credential),
      (parts) =>
        reply
          .type('application/json; charset=utf-8')
          .header('cache-control', 'no-store')
          .header('content-disposition', 'attachment; filename="account.json"')
          .send(Readable.from(parts)),
    ),
  );
}
