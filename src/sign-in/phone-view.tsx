import { assets } from '../http/assets.ts';
import { Card } from '../http/card.tsx';
import { ErrorSummary, Notice } from '../http/form.tsx';
import { Layout } from '../http/layout.tsx';
import { pageMessages as inviteWords } from '../invites/page-messages.ts';
import { TicketCode } from '../invites/views.tsx';
import { fill } from '../kit/text.ts';
import { NumberForm, type NumberFormProps, ReadingsForm, type ReadingsProps } from './number-form.tsx';
import { pageMessages } from './page-messages.ts';
import { WaitingApp } from './return-view.tsx';

/** The props of the number page. */
export interface PhoneProps extends NumberFormProps {
  /** The path of this page. */
  path: string;
  /** The numbers that the submitted text can be, if there are two. */
  readings?: ReadingsProps['readings'] | undefined;
  /** The reason for which the opened link does not invite anyone. */
  brokenInvite?: string | undefined;
  /** Whether the inviter will see the number in full. */
  invitedPhonesFull: boolean;
  notice?: string | undefined;
  /** The name of the app that waits for the sign-in. */
  waitingApp?: string | undefined;
}

/** The page `/` (and `/i/CODE`), which asks for a phone number. */
export function PhoneView(props: PhoneProps) {
  const { language, path, error, invite, readings, brokenInvite, invitedPhonesFull, notice, waitingApp } = props;
  const words = pageMessages[language];
  const title = invite ? words.invitedTitle : brokenInvite ? inviteWords[language].brokenTitle : words.phoneTitle;
  return (
    <Layout
      language={language}
      title={title}
      path={path}
      hasError={!!error}
      preview={invite && fill(words.invitedPreview, { code: invite.code })}
      script={assets.numberJs}
    >
      <Card
        eyebrow={invite ? words.invitedEyebrow : words.phoneEyebrow}
        title={title}
        stub={invite ? <TicketCode code={invite.code} /> : <p class="lead">{brokenInvite ?? words.phoneLead}</p>}
      >
        <ErrorSummary
          language={language}
          errors={error ? [{ field: readings ? 'readings' : 'phone_number', text: error }] : []}
        />
        {readings && <ReadingsForm language={language} readings={readings} invite={invite} />}
        {notice && <Notice>{notice}</Notice>}
        {invite && (
          <p>
            {words.invitedText} {invitedPhonesFull ? words.invitedFull : words.invitedMasked}
          </p>
        )}
        {brokenInvite && <p>{words.brokenText}</p>}
        <NumberForm {...props} error={readings ? undefined : error} />
        <p class="hint">{invite ? words.phoneLead : words.newHere}</p>
        {waitingApp && <WaitingApp language={language} name={waitingApp} />}
      </Card>
    </Layout>
  );
}
