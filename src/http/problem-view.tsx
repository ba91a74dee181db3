import type { Language } from '../kit/language.ts';
import { Layout } from './layout.tsx';
import { pageWords } from './page-words.ts';
import { Pass } from './pass.tsx';
import { When } from './when.tsx';

/** A problem of the API as its page explains it (RFC 9457 `type`). */
export interface ProblemProps {
  language: Language;
  code: string;
  title: string;
  /** Paragraphs. */
  explanation: readonly string[];
}

/** The page at `/problems/<code>`: what the answer means and what to do. */
export function ProblemView({ language, code, title, explanation }: ProblemProps) {
  const words = pageWords[language];
  return (
    <Layout language={language} title={title} path={`/problems/${code}`}>
      <Pass eyebrow={words.problemEyebrow} title={title}>
        {explanation.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
        <p class="hint">
          {words.problemCode}: <code>{code}</code>
        </p>
        <p>
          <a href="/redoc/">{words.api}</a>
        </p>
      </Pass>
    </Layout>
  );
}

/** What went wrong with a page, said to its reader. `retryAt` is the earliest time at which trying again helps. */
export interface ErrorProps {
  language: Language;
  status: number;
  title: string;
  text: string;
  requestId: string;
  retryAt?: Date | undefined;
  /** A page that a GET opens, to go back to. */
  path?: string | undefined;
}

/** The page that stands for one that cannot be shown. */
export function ErrorView({ language, status, title, text, requestId, retryAt, path = '/' }: ErrorProps) {
  const words = pageWords[language];
  return (
    <Layout language={language} title={title} path={path} hasError>
      <Pass eyebrow={words.errorEyebrow(status)} title={title}>
        <p>{text}</p>
        {retryAt && (
          <p>
            {words.retryAt}
            <br />
            <b>
              <When language={language} at={retryAt} style="exact" />
            </b>
          </p>
        )}
        <p>
          <a class="button" href={path}>
            {path === '/' ? words.home : words.back}
          </a>
        </p>
        <p class="hint">
          {words.requestId}: <code>{requestId}</code>
        </p>
      </Pass>
    </Layout>
  );
}
