import Type from 'typebox';
import { inviteProblems } from '../invites/messages.ts';
import { profileProblems } from '../profile/messages.ts';
import { signInProblems } from '../sign-in/messages.ts';
import { languageOf } from './language.ts';
import { generalProblems } from './messages.ts';
import { sendFailurePage, sendPage } from './pages.tsx';
import type { ProblemKinds } from './problem.ts';
import { ProblemView } from './problem-view.tsx';
import type { Server } from './server.ts';

/** All problem types of our responses, by their code. */
export const allProblems: ProblemKinds = {
  ...generalProblems,
  ...signInProblems,
  ...inviteProblems,
  ...profileProblems,
};

/** `/problems/<code>`: the page of the `type` of an error. */
export function problemPages(server: Server): void {
  server.get('/problems/:code', { schema: { params: Type.Object({ code: Type.String() }) } }, (request, reply) => {
    const { code } = request.params;
    const kind = Object.hasOwn(allProblems, code) ? allProblems[code] : undefined;
    if (!kind) return sendFailurePage(request, reply, { code: 'not_found' });
    const language = languageOf(request);
    return sendPage(
      reply,
      <ProblemView
        language={language}
        code={code}
        title={kind.title[language]}
        explanation={[kind.explanation[language]]}
      />,
    );
  });
}
