import type { Language } from '../kit/language.ts';
import { Card } from './card.tsx';
import { Button } from './form.tsx';
import { Layout } from './layout.tsx';
import { pageMessages } from './page-messages.ts';

/** A problem of the API with its explanation page (RFC 9457 `type`). */
export interface ProblemProps {
  language: Language;
  code: string;
  title: string;
  /** Paragraphs. */
  explanation: readonly string[];
}

/** The page at `/problems/<code>`: the meaning of the problem, and the remedy. */
export function ProblemView({ language, code, title, explanation }: ProblemProps) {
  const words = pageMessages[language];
  return (
    <Layout language={language} title={title} path={`/problems/${code}`}>
      <Card eyebrow={words.problemEyebrow} title={title}>
        {explanation.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
        <Details language={language} code={code} />
      </Card>
    </Layout>
  );
}

/** The props of an error page. */
export interface ErrorProps {
  language: Language;
  status: number;
  /** The code of the problem; none for a page that is no problem type. */
  code?: string;
  title: string;
  text: string;
  requestId: string;
  /** The path of a page to go back to. */
  path?: string | undefined;
  /** The page to which the reader returns after a change of language; by default the same. */
  back?: string | undefined;
  /** The failed request, if a retry may work. */
  repeat?: Repeatable | undefined;
}

/** A GET, or a form with its submitted fields. Both go to the URL of the page. */
export type Repeatable = 'get' | readonly (readonly [name: string, value: string])[];

/** The page instead of one that cannot be shown. */
export function ErrorView(props: ErrorProps) {
  const { language, status, code, title, text, requestId, path = '/', back = path, repeat } = props;
  const words = pageMessages[language];
  return (
    <Layout language={language} title={title} path={back} hasError>
      <Card eyebrow={words.errorEyebrow} title={title}>
        <p>{text}</p>
        {repeat && <Repeat language={language} repeat={repeat} />}
        <p>
          <a class={repeat ? undefined : 'button'} href={path}>
            {path === '/' ? words.home : words.back}
          </a>
        </p>
        <Details language={language} status={status} code={code} requestId={requestId} />
      </Card>
    </Layout>
  );
}

interface DetailsProps {
  language: Language;
  status?: number;
  code?: string | undefined;
  requestId?: string;
}

/** The identifiers of an error, for support; closed, since a person has no use for them. */
function Details({ language, status, code, requestId }: DetailsProps) {
  const words = pageMessages[language];
  const rows = [
    [words.errorStatus, status],
    [words.problemCode, code],
    [words.requestId, requestId],
  ] as const;
  return (
    <details class="hint">
      <summary>{words.details}</summary>
      {rows.map(
        ([name, value]) =>
          value !== undefined && (
            <p key={name}>
              {name}: <code>{value}</code>
            </p>
          ),
      )}
    </details>
  );
}

/** The button that retries the request: the fields stay in the body, so no code gets into a URL. */
function Repeat({ language, repeat }: { language: Language; repeat: Repeatable }) {
  const { repeat: text } = pageMessages[language];
  if (repeat === 'get') {
    return (
      <p>
        {/* biome-ignore lint/a11y/useValidAnchor: an empty reference is the URL of the page itself (RFC 3986, 4.4) */}
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

/** Hidden fields of a form. */
export function HiddenFields({ fields }: { fields: Exclude<Repeatable, 'get'> }) {
  return (
    <>
      {fields.map(([name, value], index) => (
        <input key={index} type="hidden" name={name} value={value} />
      ))}
    </>
  );
}
