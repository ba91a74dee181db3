import Type from 'typebox';
import { languageOf } from './language.ts';
import { sendPage, sendProblemPage } from './pages.tsx';
import type { ProblemKinds } from './problem.ts';
import { ProblemView } from './problem-view.tsx';
import type { Server } from './server.ts';

/** `/problems/<code>`: the page of the `type` of an error. */
export function problemPages(server: Server, problems: ProblemKinds): void {
  server.get('/problems/:code', { schema: { params: Type.Object({ code: Type.String() }) } }, (request, reply) => {
    const { code } = request.params;
    const kind = Object.hasOwn(problems, code) ? problems[code] : undefined;
    if (!kind) return sendProblemPage(request, reply, { code: 'not_found' });
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
