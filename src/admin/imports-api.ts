import type { FastifySchema } from 'fastify';
import Type from 'typebox';
import { type KeyActor, keyLimitName } from '../api-keys/find-key-actor.ts';
import type { Server } from '../http/server.ts';
import { parseRegionCode } from '../kit/phone-number.ts';
import { type Format, formats } from '../transfer/formats/formats.ts';
import { importBuffer, maxImportBytes } from '../transfer/import-buffer.ts';
import type { ImportNeeds } from '../transfer/import-people.ts';
import { actorOf } from './authenticate.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import { refuse, respond } from './respond.ts';
import { type AdminResult, missingScope, success } from './result.ts';
import { mount, typed } from './routes-api.ts';
import { runLong } from './run-once.ts';
import { strict, writeProblems } from './schema.ts';

/** The dependencies of imports. */
export type TransferNeeds = ImportNeeds;

const importUsers = {
  tags: ['Imports and exports'],
  summary: 'Import people',
  description:
    'Brings the people of an earlier system; the body is a file of at most 4 MiB, of which a client sends a larger one in ' +
    'parts. Sent again it changes only what differs. An import that takes longer than 9 s gets 503 and goes on: a retry ' +
    'with the same idempotency key gets 409 until the end, and then the result. After a crash a retry runs it again.',
  operationId: 'importUsers',
  querystring: strict({
    format: Type.Optional(Type.Enum([...formats], { description: 'NDJSON by default' })),
    region: Type.Optional(
      Type.String({ minLength: 2, maxLength: 2, description: 'The country of numbers without one' }),
    ),
    events: Type.Optional(
      Type.Enum(['true', 'false'], {
        description: 'Each new person makes `user.created` for webhooks; by default none',
      }),
    ),
    dry_run: Type.Optional(Type.Enum(['true', 'false'], { description: 'Tells the same and changes nothing' })),
  }),
  response: {
    200: Type.Object(
      {
        inserted: Type.Integer(),
        updated: Type.Integer(),
        unchanged: Type.Integer(),
        refused: Type.Integer(),
        ignored: Type.Integer({ description: 'Records that are no people' }),
        tokens: Type.Integer({ description: 'Tokens of signed-in clients that go on working' }),
        noted: Type.Integer({ description: 'Records of which a part was dealt with otherwise than it is written' }),
        dry_run: Type.Boolean(),
        report: Type.Array(Type.Object({}, { additionalProperties: true }), {
          description: 'The records that were refused, ignored or noted, each with its line and the reason',
        }),
      },
      { description: 'Imported' },
    ),
    ...writeProblems(),
  },
} satisfies FastifySchema;

/** The calls that bring people. */
export function importsApi(server: Server, needs: TransferNeeds): void {
  server.register(async (imports: Server) => {
    imports.removeAllContentTypeParsers();
    imports.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxImportBytes }, (_request, body, done) =>
      done(null, body),
    );
    const config = { limits: [keyLimitName], isWrite: true, act: 'import_people' } as const;
    mount(
      imports,
      { method: 'POST', url: '/admin/v1/imports', schema: importUsers, config },
      async (request, reply) => {
        const idempotencyKey = parseIdempotencyKey(request);
        if (idempotencyKey === undefined) return refuse(request, reply, { ok: false, code: 'idempotency_key_needed' });
        const { query, body } = typed<typeof importUsers>(request);
        const region = query.region === undefined ? needs.defaultRegion : parseRegionCode(query.region.toUpperCase());
        if (!region) return refuse(request, reply, { ok: false, code: 'region_unknown' });
        const file = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
        const actor = actorOf(request);
        const identity = {
          apiKeyId: actor.id,
          idempotencyKey,
          request: ['POST', '/admin/v1/imports', query, file.toString('base64')],
        };
        const input = {
          format: query.format ?? 'ndjson',
          isTrial: query.dry_run === 'true',
          hasEvents: query.events === 'true',
        };
        const result = await runLong(needs.db, identity, () =>
          importFile({ ...needs, defaultRegion: region }, actor, file, input),
        );
        // the time limit of requests has answered a long import; its result is for the retry
        return reply.sent ? reply : respond(request, reply, result);
      },
    );
  });
}

async function importFile(
  needs: TransferNeeds,
  actor: KeyActor,
  file: Buffer,
  input: { readonly format: Format; readonly isTrial: boolean; readonly hasEvents: boolean },
): Promise<AdminResult> {
  const imported = await importBuffer(needs, actor, file, input);
  if (!imported.ok) return 'act' in imported ? missingScope(imported) : imported;
  return success({ ...imported.totals, dry_run: input.isTrial, report: imported.report });
}
