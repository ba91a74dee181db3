import { Button } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import { Pass } from '../http/pass.tsx';
import { Phone } from '../http/phone.tsx';
import type { Language } from '../kit/language.ts';
import { formatPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import { AccountField } from '../sessions/page-account.tsx';
import { pageWords } from './page-words.ts';

/** The page `/account/delete/`, which tells what is lost; only its button, a POST, deletes. */
export function DeleteView({ language, account, phone }: { language: Language; account: string; phone: string }) {
  const words = pageWords[language];
  return (
    <Layout language={language} title={words.deleteTitle} path="/account/delete/" signedIn>
      <Pass
        eyebrow={words.deleteEyebrow}
        title={words.deleteTitle}
        stub={
          <p class="lead">
            <Phone number={phone} />
          </p>
        }
      >
        {words.deleteText.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
        <form method="post" action="/account/delete">
          <AccountField account={account} />
          <Button look="danger">{words.deleteNow}</Button>
        </form>
        <p>
          <a href="/success/">{words.keep}</a>
        </p>
      </Pass>
    </Layout>
  );
}

/** Stands for `/account/delete/` where the sign-in is too long ago: its button, a POST, sends a code to the own number. */
export function FreshCodeView({ language, number }: { language: Language; number: PhoneNumber }) {
  const words = pageWords[language];
  return (
    <Layout language={language} title={words.freshCodeTitle} path="/account/delete/" signedIn hasError>
      <Pass
        eyebrow={words.deleteEyebrow}
        title={words.freshCodeTitle}
        stub={
          <p class="lead">
            <Phone number={formatPhoneNumber(number)} />
          </p>
        }
      >
        <p>{words.freshCodeText}</p>
        <form method="post" action="/">
          <input type="hidden" name="phone_number" value={number} />
          <Button>{words.freshCode}</Button>
        </form>
        <p>
          <a href="/success/">{words.keep}</a>
        </p>
      </Pass>
    </Layout>
  );
}
