import type { Database } from '../db/database.ts';
import { leaveNotice } from '../http/notice.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply } from '../http/server.ts';
import type { RateLimit } from '../limits/rate-limit.ts';
import type { ActForm } from './act-form.ts';
import { DoneView } from './done-view.tsx';
import { FreshCodeView } from './fresh-code-view.tsx';
import { type RefusalCode, RefusalView, statusOf } from './refusal-view.tsx';
import type { Visit } from './visit.ts';

/** The acts and searches of one operator, so that nobody copies the numbers of all people by this console. */
const actsOfOperator = { name: 'console', quota: 600, windowSeconds: 3600 } as const satisfies RateLimit;

/**
 * Runs an act and answers: with the page to return to and a notice there, with the page of the fresh code, or with the
 * refusal of the use case. The act counts against the limit of its operator.
 */
export async function answerAct(
  db: Database,
  visit: Visit,
  form: ActForm,
  notice: string,
  run: () => Promise<{ readonly code: RefusalCode } | undefined>,
): Promise<Reply> {
  const refusal = (await countAct(db, visit)) ?? (await run());
  if (!refusal) {
    leaveNotice(visit.reply, notice);
    return visit.reply.redirect(visit.base + form.back, 303);
  }
  return answerRefusal(visit, refusal, form);
}

/**
 * The same for an act on a number, which is never in a URL: the answer is a page with a button that leads back to it.
 */
export async function answerThere(
  db: Database,
  visit: Visit,
  form: ActForm & { readonly fields: { readonly text: string; readonly reason: string } },
  run: () => Promise<{ readonly code: RefusalCode } | undefined>,
): Promise<Reply> {
  const refusal = (await countAct(db, visit)) ?? (await run());
  return refusal
    ? answerRefusal(visit, refusal, form)
    : sendPage(visit.reply, <DoneView visit={visit} {...form.fields} />);
}

/** Shows a refusal; a missing fresh code leads to the page that sends one. */
export function answerRefusal(visit: Visit, { code }: { readonly code: RefusalCode }, form: ActForm): Reply {
  if (code === 'fresh_code_needed') return sendPage(visit.reply, <FreshCodeView visit={visit} form={form} />, 403);
  return sendPage(visit.reply, <RefusalView visit={visit} code={code} form={form} />, statusOf(code));
}

/** Counts an act or a search of an operator; the refusal if there were too many. */
export async function countAct(
  db: Database,
  { actor }: Pick<Visit, 'actor'>,
): Promise<{ readonly code: 'too_many_acts' } | undefined> {
  const [row] = await db.call<{ take_unit: number | null }>('take_unit', {
    key: `console:${actor.id}`,
    quota: actsOfOperator.quota,
    window: actsOfOperator.windowSeconds,
    counts: true,
  });
  return row?.take_unit ? { code: 'too_many_acts' } : undefined;
}
