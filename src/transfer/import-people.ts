import { actArguments, logAct } from '../audit/act.ts';
import { refuseAct } from '../audit/refuse-act.ts';
import { recordAct } from '../audit/store.ts';
import { errorCode } from '../kit/caught.ts';
import type { Actor, ActRefusal } from '../operators/actor.ts';
import { checkPerson, type ImportRules, parseSourceToken } from './check-person.ts';
import { externalKey, keysOf } from './facts.ts';
import { type ImportStore, type ImportStoreNeeds, importStore, type OwnedToken } from './import-store.ts';
import { describeTotals, type ImportTotals } from './import-totals.ts';
import type { Candidate, ReportLine, SourceRecord } from './person.ts';
import { type PendingLink, planBatch } from './plan.ts';
import { openSpool, type Spool } from './spool.ts';
import { withTrialStore } from './trial-store.ts';

/** The dependencies of an import. */
export type ImportNeeds = ImportStoreNeeds & ImportRules;

/** An import as its door asks for it. */
export interface ImportInput {
  readonly records: AsyncIterable<SourceRecord>;
  /** The name of the format, for the audit trail. */
  readonly format: string;
  /** Whether nothing is to be written. */
  readonly isTrial: boolean;
  /** Whether each new person makes an event `user.created`; a million of them would flood the endpoints. */
  readonly hasEvents: boolean;
  readonly reason?: string | undefined;
  /** Gets each line of the report; the import waits for it. */
  readonly onReport: (lines: readonly ReportLine[]) => Promise<void> | void;
  /** Gets the counts after each batch. */
  readonly onProgress?: ((totals: ImportTotals) => void) | undefined;
}

type Counts = { -readonly [K in keyof ImportTotals]: number };

const batchSize = 1000;

/**
 * Imports people of an earlier system, and tells about each record. Running it again changes nothing that is as it was, so
 * that an import that ended in the middle goes on by running it again.
 */
export async function importPeople(
  needs: ImportNeeds,
  actor: Actor,
  input: ImportInput,
): Promise<
  { readonly ok: true; readonly totals: ImportTotals } | { readonly ok: false; readonly refusal: ActRefusal }
> {
  const { reason } = input;
  const target = `import:${input.format}`;
  const refusal = await refuseAct(needs, actor, 'import_people', { reason, target });
  if (refusal) return { ok: false, refusal };
  const by = actArguments(actor, { reason });
  const record = async (details: string) =>
    logAct(needs.log, await recordAct(needs.db, by, { act: 'import_people', target, details }), actor);
  if (input.isTrial) {
    const totals = await withTrialStore(needs, (store) => new Import(needs, store, input).run());
    await record(`dry run: ${describeTotals(totals)}`);
    return { ok: true, totals };
  }
  await record('begins');
  const totals = await new Import(
    needs,
    importStore(needs, input.hasEvents ? { actor: by, target } : undefined),
    input,
  ).run();
  await record(describeTotals(totals));
  return { ok: true, totals };
}

interface PendingToken {
  readonly line: number;
  /** The owner, by one of these. */
  readonly externalId: string | null;
  readonly phoneNumber: string | null;
  readonly hash: string;
  readonly createdAt: string | null;
}

type Pending = { readonly link: PendingLink } | { readonly token: PendingToken };

class Import {
  readonly #counts: Counts = { inserted: 0, updated: 0, unchanged: 0, refused: 0, ignored: 0, tokens: 0, noted: 0 };
  readonly #needs: ImportNeeds;
  readonly #store: ImportStore;
  readonly #input: ImportInput;

  constructor(needs: ImportNeeds, store: ImportStore, input: ImportInput) {
    this.#needs = needs;
    this.#store = store;
    this.#input = input;
  }

  /** Writes all people first, then inviters and tokens, which may stand before the people that they name. */
  async run(): Promise<ImportTotals> {
    const spool = await openSpool((text): Pending => JSON.parse(text));
    try {
      await this.#readPeople(spool);
      for await (const batch of spool.batches(batchSize)) {
        // inviters and tokens share no rows
        const linking = this.#link(batch.flatMap((item) => ('link' in item ? item.link : [])));
        const adding = this.#addTokens(batch.flatMap((item) => ('token' in item ? item.token : [])));
        // the report has them in one order, whichever is done first
        const [, added] = await Promise.all([linking, adding]);
        await this.#tell(added);
        this.#input.onProgress?.(this.#counts);
      }
    } finally {
      await spool.close();
    }
    return this.#counts;
  }

  async #readPeople(spool: Spool<Pending>): Promise<void> {
    let batch: Candidate[] = [];
    let report: ReportLine[] = [];
    let tokens: Pending[] = [];
    let writing = Promise.resolve();
    // the database writes a batch while the next one is read
    const flush = async () => {
      await writing;
      this.#input.onProgress?.(this.#counts);
      await this.#tell(report);
      await spool.add(tokens);
      writing = this.#write(batch, spool);
      writing.catch(() => {});
      batch = [];
      report = [];
      tokens = [];
    };
    try {
      for await (const record of this.#input.records) {
        const { line } = record;
        if (record.kind === 'person') {
          const checked = checkPerson(this.#needs, line, record.person);
          if (checked.ok) batch.push(checked.candidate);
          else report.push({ line, result: 'refused', reason: checked.code, value: checked.value });
        } else if (record.kind === 'token') {
          const token = parseSourceToken(record.token);
          if (token) tokens.push(pendingToken({ line, externalId: record.externalId, phoneNumber: null }, token));
          else report.push({ line, result: 'refused', reason: 'token_invalid' });
        } else if (record.kind === 'ignored') report.push({ line, result: 'ignored', reason: record.reason });
        else report.push({ line, result: 'refused', reason: 'unreadable', value: record.reason });
        if (batch.length + report.length + tokens.length >= batchSize) await flush();
      }
      await flush();
    } finally {
      // a stream that fails leaves no batch behind that is still being written
      await writing;
    }
  }

  /** Writes a batch; if somebody else took a number, a name or a code meanwhile, it is planned anew. */
  async #write(batch: readonly Candidate[], spool: Spool<Pending>): Promise<void> {
    let left = batch;
    for (let attempt = 1; left.length > 0; ) {
      const facts = await this.#store.find(keysOf(left));
      const plan = planBatch(left, facts);
      try {
        if (plan.insertions.length > 0) await this.#store.insert(plan.insertions);
        for (const change of plan.changes) await this.#store.change(change);
      } catch (error) {
        if (attempt >= maxAttempts || !conflicts.includes(errorCode(error))) throw error;
        attempt += 1;
        continue;
      }
      attempt = 1;
      await spool.add(plan.links.map((link) => ({ link })));
      const written = left.slice(0, left.length - plan.left.length);
      await spool.add(
        written.flatMap(({ line, externalId, phoneNumber, token }) =>
          token ? pendingToken({ line, externalId, phoneNumber }, token) : [],
        ),
      );
      await this.#tell(plan.report);
      left = plan.left;
    }
  }

  async #link(links: readonly PendingLink[], attempt = 1): Promise<void> {
    if (links.length === 0) return;
    const outcomes = await this.#store.link(links);
    const problems: ReportLine[] = [];
    const moved: PendingLink[] = [];
    for (const [at, link] of links.entries()) {
      const outcome = outcomes[at] ?? 'moved';
      if (outcome === 'moved') moved.push(link);
      else if (outcome !== 'linked')
        problems.push({ line: link.line, result: 'noted', notes: [{ code: outcome, value: link.code }] });
    }
    await this.#tell(problems);
    if (moved.length > 0 && attempt >= maxAttempts)
      throw new Error('the tree of invites moved in each attempt to link');
    await this.#link(moved, attempt + 1);
  }

  /** Returns the lines of the report. */
  async #addTokens(tokens: readonly PendingToken[]): Promise<ReportLine[]> {
    if (tokens.length === 0) return [];
    const facts = await this.#store.find({
      numbers: tokens.flatMap(({ phoneNumber }) => phoneNumber ?? []),
      names: tokens.flatMap(({ externalId }) => externalKey(externalId)),
      codes: [],
    });
    const ownerOf = ({ externalId, phoneNumber }: PendingToken) =>
      phoneNumber === null
        ? externalKey(externalId).map((key) => facts.names.get(key))[0]
        : facts.numbers.get(phoneNumber)?.accountId;
    const owned: (OwnedToken & { line: number })[] = [];
    const report: ReportLine[] = [];
    for (const token of tokens) {
      const accountId = ownerOf(token);
      const { line, hash, createdAt } = token;
      if (accountId === undefined) report.push({ line, result: 'refused', reason: 'token_owner_unknown' });
      else owned.push({ line, accountId, token: { hash: Buffer.from(hash, 'hex'), createdAt } });
    }
    const added = owned.length > 0 ? await this.#store.addTokens(owned) : [];
    for (const [at, { line }] of owned.entries()) report.push({ line, result: 'token', is_new: added[at] === true });
    return report;
  }

  async #tell(lines: readonly ReportLine[]): Promise<void> {
    if (lines.length === 0) return;
    for (const line of lines) {
      if (line.result === 'token') this.#counts.tokens += 1;
      else this.#counts[line.result] += 1;
      if ('notes' in line && line.notes && line.result !== 'noted') this.#counts.noted += 1;
    }
    await this.#input.onReport(lines);
  }
}

/** The attempts at a batch; each conflict with somebody else takes one. */
const maxAttempts = 20;
/** The codes of our functions for such a conflict. */
const conflicts = ['VO002', 'VO004', '40001', '40P01'];

function pendingToken(
  owner: Pick<PendingToken, 'line' | 'externalId' | 'phoneNumber'>,
  { hash, createdAt }: NonNullable<Candidate['token']>,
): Pending {
  return { token: { ...owner, hash: hash.toString('hex'), createdAt } };
}
