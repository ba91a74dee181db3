import type { Language } from '../kit/language.ts';
import { Button } from './form.tsx';
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
  /** The request that failed, where sending it once more may work. */
  repeat?: Repeatable | undefined;
}

/** A GET, or a form with the fields that were sent. Both go to the address at which the page stands. */
export type Repeatable = 'get' | readonly (readonly [name: string, value: string])[];

/** The page that stands for one that cannot be shown. */
export function ErrorView({ language, status, title, text, requestId, retryAt, path = '/', repeat }: ErrorProps) {
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
        {repeat && <Repeat language={language} repeat={repeat} />}
        <p>
          <a class={repeat ? undefined : 'button'} href={path}>
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

/** The button that sends the request once more: the fields stay in the body, so no code gets into an address. */
function Repeat({ language, repeat }: { language: Language; repeat: Repeatable }) {
  const { repeat: text } = pageWords[language];
  if (repeat === 'get') {
    return (
      <p>
        {/* biome-ignore lint/a11y/useValidAnchor: an empty reference is the address of the page itself (RFC 3986, 4.4) */}
        <a class="button" href="">
          {text}
        </a>
      </p>
    );
  }
  return (
    <form method="post">
      <HiddenFields fields={repeat} />
      <Button>{text}</Button>
    </form>
  );
}

/** Fields that a form sends without showing them. */
export function HiddenFields({ fields }: { fields: Exclude<Repeatable, 'get'> }) {
  return (
    <>
      {fields.map(([name, value], at) => (
        <input key={at} type="hidden" name={name} value={value} />
      ))}
    </>
  );
}
