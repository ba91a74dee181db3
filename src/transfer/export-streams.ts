import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Actor, ActRefusal } from '../operators/actor.ts';
import { type ExportInput, type ExportNeeds, exportList } from './export-list.ts';

/** The stream of an export that has begun, or the refusal. */
export type BegunExport =
  | { readonly ok: true; readonly stream: PassThrough }
  | { readonly ok: false; readonly code: 'export_running' }
  | ({ readonly ok: false } & ActRefusal);

/** The exports that a door sends to its clients: one runs at a time, since each has a connection of its own and holds a snapshot. */
export class ExportStreams {
  readonly #needs: ExportNeeds;
  #isRunning = false;

  constructor(needs: ExportNeeds) {
    this.#needs = needs;
  }

  /** Begins an export: resolves with its stream once the first piece is there, or with the refusal. */
  async begin(actor: Actor, input: Omit<ExportInput, 'write'>): Promise<BegunExport> {
    if (this.#isRunning) return { ok: false, code: 'export_running' };
    this.#isRunning = true;
    const stream = new PassThrough();
    const left = new AbortController();
    stream.once('close', () => left.abort());
    // an export that fails before its first piece has nobody else who listens
    stream.on('error', () => {});
    let first = () => {};
    const hasBegun = new Promise<undefined>((resolve) => {
      first = () => resolve(undefined);
    });
    const write = async (text: string) => {
      first();
      left.signal.throwIfAborted();
      if (!stream.write(text)) await once(stream, 'drain', { signal: left.signal });
    };
    const exported = exportList(this.#needs, actor, { ...input, write });
    exported
      .then(
        () => stream.end(),
        (error) => stream.destroy(error),
      )
      .finally(() => {
        this.#isRunning = false;
      });
    const result = await Promise.race([exported, hasBegun]);
    return result && !result.ok ? { ok: false, ...result.refusal } : { ok: true, stream };
  }
}
