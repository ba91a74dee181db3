import { Card } from '../http/card.tsx';
import { DateTime } from '../http/date-time.tsx';
import { ErrorSummary, type FieldError, Notice } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import { Phone } from '../http/phone.tsx';
import { LinkQrCode, Redeem, TicketCode } from '../invites/views.tsx';
import type { Language } from '../kit/language.ts';
import { fillCount } from '../kit/text.ts';
import { AccountField } from '../sessions/page-account.tsx';
import { pageMessages as sessionMessages } from '../sessions/page-messages.ts';
import type { SessionRow } from '../sessions/store.ts';
import { SessionList } from '../sessions/views.tsx';
import { pageMessages } from './page-messages.ts';
import { profileFields } from './profile.ts';
import { type ProfileErrors, ProfileForm, type ProfileValues } from './profile-form.tsx';

/** The props of the account page. Phone numbers are in international form, or already masked. */
export interface AccountProps {
  language: Language;
  /** The id of the account, a field of each form. */
  account: string;
  phone: string;
  invite: { code: string; link: string };
  /** The code that this person has redeemed and the time of it, or null. */
  redeemed: { code: string; at: Date | null } | null;
  invitedPhonesFull: boolean;
  /** The people who redeemed this person's code; `count` includes those that are not listed. */
  invited: {
    people: readonly { name: string | null; phone: string; at: Date }[];
    count: number;
    nextCursor?: string | undefined;
    isFirstPage: boolean;
  };
  /** The stored values or, after an error, the submitted ones. */
  profile: ProfileValues;
  profileErrors?: ProfileErrors | undefined;
  /** The submitted invite code and the reason of its refusal; or the invite that a link left, to accept or decline. */
  redeem?: { value: string; error: string | undefined; offered?: string } | undefined;
  sessions: readonly SessionRow[];
  /** The confirmation of the last action. */
  notice?: keyof typeof pageMessages.en.notices | undefined;
}

/** The page `/account/`. */
export function AccountView(props: AccountProps) {
  const { language, account, phone, invite, redeemed, invitedPhonesFull, redeem, profileErrors = {} } = props;
  const words = pageMessages[language];
  const errors: FieldError[] = redeem?.error ? [{ field: 'invite_code', text: redeem.error }] : [];
  for (const field of profileFields) {
    const text = profileErrors[field];
    if (text) errors.push({ field, text });
  }
  return (
    <Layout language={language} title={words.title} path="/account/" hasError={errors.length > 0} signedIn>
      <ErrorSummary language={language} errors={errors} />
      {props.notice && <Notice>{words.notices[props.notice]}</Notice>}
      <Card eyebrow={<Phone number={phone} />} title={words.title} stub={<TicketCode code={invite.code} />}>
        <p>{words.ticketText}</p>
        <InviteLink language={language} link={invite.link} />
      </Card>
      <Sections language={language} />
      <div class="columns">
        <div>
          <Invited language={language} invited={props.invited} />
          <Redeem
            language={language}
            account={account}
            redeemed={redeemed}
            invitedPhonesFull={invitedPhonesFull}
            value={redeem?.value}
            error={redeem?.error}
            offered={redeem?.offered}
          />
          <SessionList language={language} account={account} sessions={props.sessions} />
        </div>
        <div>
          <ProfileForm language={language} account={account} values={props.profile} errors={profileErrors} />
          <Security language={language} account={account} />
          <OwnDataSection language={language} />
        </div>
      </div>
    </Layout>
  );
}

/** The links to the sections of the page, in their order. */
function Sections({ language }: { language: Language }) {
  const words = pageMessages[language];
  return (
    <nav aria-label={words.sections}>
      <p class="links">
        <a href="#invited">{words.invitedTitle}</a> <a href="#sessions">{sessionMessages[language].title}</a>{' '}
        <a href="#profile">{words.profileTitle}</a> <a href="#security">{words.securityTitle}</a>{' '}
        <a href="#data">{words.dataTitle}</a>
      </p>
    </nav>
  );
}

function InviteLink({ language, link }: { language: Language; link: string }) {
  const words = pageMessages[language];
  return (
    <div class="invite-link">
      <a href={link} aria-label={`${words.linkLabel}: ${link}`}>
        <bdi dir="ltr">{link.replace(/^https?:\/\//, '')}</bdi>
      </a>
      <div class="pair scripted">
        <button class="button" type="button" data-copy={link} data-done={words.copied} data-failed={words.notCopied}>
          {words.copyLink}
        </button>
        <button class="button plain" type="button" data-share={link} data-text={words.shareText}>
          {words.share}
        </button>
      </div>
      <p class="hint scripted" role="status" id="copied" />
      <LinkQrCode language={language} link={link} />
    </div>
  );
}

function Invited({ language, invited }: Pick<AccountProps, 'language' | 'invited'>) {
  const words = pageMessages[language];
  return (
    <section class="paper" id="invited" aria-labelledby="invited-title">
      <h2 id="invited-title">{words.invitedTitle}</h2>
      {invited.count === 0 ? (
        <p class="hint">{words.invitedNone}</p>
      ) : (
        <p>{fillCount(language, words.invitedCount, { count: invited.count })}</p>
      )}
      {invited.people.length > 0 && (
        <ul class="rows" id="invited-list">
          {invited.people.map(({ name, phone, at }, index) => (
            <li key={`${index}${phone}`}>
              <InvitedName name={name} phone={phone} /> <DateTime language={language} at={at} style="day" />
            </li>
          ))}
        </ul>
      )}
      {(invited.nextCursor || !invited.isFirstPage) && (
        <p class="links">
          {!invited.isFirstPage && <a href="/account/#invited">{words.invitedFirst}</a>}{' '}
          {invited.nextCursor && (
            <a href={`/account/?cursor=${encodeURIComponent(invited.nextCursor)}#invited`} data-more="invited-list">
              {words.invitedMore}
            </a>
          )}
        </p>
      )}
    </section>
  );
}

/** The name that the person gave, before the number; the number alone if they gave none. */
function InvitedName({ name, phone }: { name: string | null; phone: string }) {
  if (name === null) return <Phone number={phone} />;
  return (
    <p>
      <b>
        <bdi>{name}</bdi>
      </b>{' '}
      <Phone number={phone} />
    </p>
  );
}

function Security({ language, account }: { language: Language; account: string }) {
  const words = pageMessages[language];
  return (
    <section class="paper" id="security" aria-labelledby="security-title">
      <h2 id="security-title">{words.securityTitle}</h2>
      <p class="hint">{words.securityText}</p>
      <form method="post" action="/logout/">
        <AccountField account={account} />
        <button class="button plain" type="submit">
          {words.signOut}
        </button>
      </form>
    </section>
  );
}

function OwnDataSection({ language }: { language: Language }) {
  const words = pageMessages[language];
  return (
    <section class="paper" id="data" aria-labelledby="data-title">
      <h2 id="data-title">{words.dataTitle}</h2>
      <p class="hint">{words.dataText}</p>
      <p>
        <a class="button plain" href="/account/data.json">
          {words.download}
        </a>
      </p>
      <p>
        <a class="danger" href="/account/delete/">
          {words.delete}
        </a>
      </p>
    </section>
  );
}
