import { Card } from '../http/card.tsx';
import { Button } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import type { Language } from '../kit/language.ts';
import { fill } from '../kit/text.ts';
import { AccountField } from '../sessions/page-account.tsx';
import type { MemberAction } from './open-link.ts';
import { pageMessages } from './page-messages.ts';
import { LinkQrCode, TicketCode } from './views.tsx';

/** The props of the page of a link for somebody who is signed in. */
export interface LinkProps {
  language: Language;
  account: string;
  /** The code of the link, the link itself, and the invite as `rememberInvite` wrote it. */
  code: string;
  link: string;
  invite: string;
  memberCan: MemberAction;
  redeemedCode: string | null;
  invitedPhonesFull: boolean;
}

/** The page `/i/CODE` for somebody who is signed in: the owner of the code, and the actions with it. */
export function LinkView(props: LinkProps) {
  const { language, code, link, memberCan, redeemedCode } = props;
  const words = pageMessages[language];
  return (
    <Layout language={language} title={words.linkTitle[memberCan]} path={`/i/${code}`} signedIn>
      <Card eyebrow={words.linkEyebrow} title={words.linkTitle[memberCan]} stub={<TicketCode code={code} />}>
        <p>{fill(words.linkText[memberCan], { code: redeemedCode ?? '' })}</p>
        {memberCan === 'share_own' && <LinkQrCode language={language} link={link} />}
        {memberCan === 'redeem' && <RedeemForm {...props} />}
        {memberCan.startsWith('nothing') && <p>{words.signedInAlready}</p>}
        <p>
          <a class={memberCan === 'redeem' ? undefined : 'button'} href="/account/">
            {memberCan === 'redeem' ? words.toProfile : words.inviteOthers}
          </a>
        </p>
      </Card>
    </Layout>
  );
}

function RedeemForm({ language, account, code, invite, invitedPhonesFull }: LinkProps) {
  const words = pageMessages[language];
  return (
    <form method="post" action="/account/invite_code">
      <AccountField account={account} />
      <input type="hidden" name="invite_code" value={code} />
      <input type="hidden" name="invite" value={invite} />
      <p>
        {invitedPhonesFull ? words.redeemFull : words.redeemMasked} {words.redeemOnce}
      </p>
      <Button>{words.redeem}</Button>
      <button class="button plain" type="submit" formaction="/invite/decline">
        {words.decline}
      </button>
    </form>
  );
}

/** The page of a broken invite link for somebody who is signed in. */
export function BrokenLinkView({ language, path, text }: { language: Language; path: string; text: string }) {
  const words = pageMessages[language];
  return (
    <Layout language={language} title={words.brokenTitle} path={path} signedIn>
      <Card eyebrow={words.linkEyebrow} title={words.brokenTitle}>
        <p>{text}</p>
        <p>
          <a class="button" href="/account/">
            {words.toProfile}
          </a>
        </p>
      </Card>
    </Layout>
  );
}
