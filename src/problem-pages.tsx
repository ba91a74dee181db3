import Type from 'typebox';
import { languageOf } from './http/language.ts';
import { sendFailurePage, sendPage } from './http/pages.tsx';
import type { ProblemKinds } from './http/problem.ts';
import { ProblemView } from './http/problem-view.tsx';
import type { Server } from './http/server.ts';
import { generalProblems } from './http/words.ts';
import { inviteProblems } from './invites/words.ts';
import { profileProblems } from './profile/words.ts';
import { signInProblems } from './sign-in/words.ts';

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
