import { Card } from '../http/card.tsx';
import { Button } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import { Phone } from '../http/phone.tsx';
import type { Language } from '../kit/language.ts';
import { AccountField } from '../sessions/page-account.tsx';
import { pageMessages } from './page-messages.ts';

/** The props of the page `/logout/`. */
export interface LogoutProps {
  language: Language;
  account: string;
  phone: string;
  /** The sentence about the apps that end with it, if there are any. */
  apps: string | undefined;
}

/** The page `/logout/`, which names the account and asks; only its button, a POST, signs out. */
export function LogoutView({ language, account, phone, apps }: LogoutProps) {
  const words = pageMessages[language];
  return (
    <Layout language={language} title={words.logoutTitle} path="/logout/" signedIn>
      <Card
        eyebrow={words.logoutEyebrow}
        title={words.logoutTitle}
        stub={
          <p class="lead">
            {words.logoutWho} <Phone number={phone} />
          </p>
        }
      >
        {apps && <p>{apps}</p>}
        <p>{words.logoutText}</p>
        <form method="post" action="/logout/">
          <AccountField account={account} />
          <Button>{words.logout}</Button>
        </form>
        <p>
          <a href="/account/">{words.stay}</a>
        </p>
      </Card>
    </Layout>
  );
}
