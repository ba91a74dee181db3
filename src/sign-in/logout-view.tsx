import { Button } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import { Pass } from '../http/pass.tsx';
import type { Language } from '../kit/language.ts';
import { pageWords } from './page-words.ts';

/** The page `/logout/`, which asks; only its button, a POST, signs out. */
export function LogoutView({ language }: { language: Language }) {
  const words = pageWords[language];
  return (
    <Layout language={language} title={words.logoutTitle} path="/logout/" signedIn>
      <Pass eyebrow={words.logoutEyebrow} title={words.logoutTitle}>
        <p>{words.logoutText}</p>
        <form method="post" action="/logout/">
          <Button>{words.logout}</Button>
        </form>
        <p>
          <a href="/success/">{words.stay}</a>
        </p>
      </Pass>
    </Layout>
  );
}
