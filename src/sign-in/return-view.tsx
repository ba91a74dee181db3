import { Card } from '../http/card.tsx';
import { Layout } from '../http/layout.tsx';
import type { Language } from '../kit/language.ts';
import { fill } from '../kit/text.ts';
import { pageMessages } from './page-messages.ts';

/** The props of the page between the last form and the app. */
export interface ReturnProps {
  language: Language;
  /** The URL that follows. */
  target: string;
  /** The name of the app. */
  name: string;
}

/** The page that goes on by itself, and has a link for browsers that do not. */
export function ReturnView({ language, target, name }: ReturnProps) {
  const words = pageMessages[language];
  return (
    <Layout language={language} title={words.returnTitle} path="/" next={target}>
      <Card eyebrow={words.returnEyebrow} title={words.returnTitle}>
        <p>{fill(words.returnText, { name })}</p>
        <p>
          <a class="button" href={target}>
            {words.returnLink}
          </a>
        </p>
      </Card>
    </Layout>
  );
}

/** The app that waits for a sign-in, and the button that cancels. */
export function WaitingApp({ language, name }: Omit<ReturnProps, 'target'>) {
  const words = pageMessages[language];
  return (
    <form class="links" method="post" action="/continue/cancel">
      <p class="hint">
        {fill(words.signInTo, { name })}{' '}
        <button class="link" type="submit">
          {words.cancelSignIn}
        </button>
      </p>
    </form>
  );
}
