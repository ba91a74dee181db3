import { languageOf } from '../http/language.ts';
import { sendPage } from '../http/pages.tsx';
import { formatDelay } from '../http/problem.ts';
import { ErrorView } from '../http/problem-view.tsx';
import type { Reply, Request } from '../http/server.ts';
import { fill } from '../kit/text.ts';
import { ownUrl } from './own-url.ts';
import { pageMessages } from './page-messages.ts';
import { askedLanguageOf } from './sign-in-language.ts';

/** The page of a network that has begun too many sign-ins: it can be loaded again when the time is over. */
export function sendLimitPage(request: Request, reply: Reply, retryInSeconds: number): Reply {
  const language = askedLanguageOf(request) ?? languageOf(request);
  const { limitTitle: title, limitText } = pageMessages[language];
  return sendPage(
    reply,
    <ErrorView
      language={language}
      status={429}
      title={title}
      text={fill(limitText, { when: formatDelay(language, retryInSeconds) })}
      requestId={request.id}
      repeat={request.method === 'GET' ? 'get' : undefined}
      back={ownUrl(request)}
    />,
    429,
  );
}
