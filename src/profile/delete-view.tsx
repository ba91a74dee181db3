import type { ComponentChildren } from 'preact';
import { Card } from '../http/card.tsx';
import { Button } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import { Phone } from '../http/phone.tsx';
import type { Language } from '../kit/language.ts';
import { formatPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import { fillCount } from '../kit/text.ts';
import { AccountField } from '../sessions/page-account.tsx';
import { pageMessages } from './page-messages.ts';
import type { KeepDays } from './view-profile.ts';

/** The props of the page that asks before an account is erased. */
export interface DeleteProps {
  language: Language;
  account: string;
  phone: string;
  keepDays: KeepDays;
}

/** The page `/account/delete/`, which names the losses; only its button, a POST, deletes. */
export function DeleteView({ language, account, phone, keepDays }: DeleteProps) {
  const words = pageMessages[language];
  return (
    <DeletePage language={language} title={words.deleteTitle} phone={phone}>
      {words.deleteText.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <Kept language={language} keepDays={keepDays} />
      <form method="post" action="/account/delete">
        <AccountField account={account} />
        <Button look="danger">{words.deleteNow}</Button>
      </form>
    </DeletePage>
  );
}

/**
 * The page instead of `/account/delete/` if the sign-in is too old: its button, a POST, sends a code to the own
 * number.
 */
export function FreshCodeView({ language, number }: { language: Language; number: PhoneNumber }) {
  const words = pageMessages[language];
  return (
    <DeletePage language={language} title={words.freshCodeTitle} phone={formatPhoneNumber(number)} hasError>
      <p>{words.freshCodeText}</p>
      <form method="post" action="/">
        <input type="hidden" name="phone_number" value={number} />
        <Button>{words.freshCode}</Button>
      </form>
    </DeletePage>
  );
}

/** The records that outlive the account, as SECURITY.md has them. A day of messages is deleted as a whole: a day later. */
function Kept({ language, keepDays }: Pick<DeleteProps, 'language' | 'keepDays'>) {
  const words = pageMessages[language];
  const kept = [
    fillCount(language, words.keptMessages, { count: keepDays.deliveries + 1 }),
    fillCount(language, words.keptAudit, { count: keepDays.audit }),
    ...words.kept,
  ];
  return (
    <div class="help">
      <h2>{words.keptTitle}</h2>
      <ul class="kept">
        {kept.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </div>
  );
}

interface DeletePageProps {
  language: Language;
  title: string;
  phone: string;
  hasError?: boolean;
  children: ComponentChildren;
}

function DeletePage({ language, title, phone, hasError, children }: DeletePageProps) {
  const words = pageMessages[language];
  return (
    <Layout language={language} title={title} path="/account/delete/" signedIn hasError={hasError}>
      <Card
        eyebrow={words.deleteEyebrow}
        title={title}
        stub={
          <p class="lead">
            <Phone number={phone} />
          </p>
        }
      >
        {children}
        <p>
          <a href="/account/">{words.keep}</a>
        </p>
      </Card>
    </Layout>
  );
}
