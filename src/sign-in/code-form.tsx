import { Button } from '../http/form.tsx';
import { pageMessages as httpWords } from '../http/page-messages.ts';
import { fill, fillCount } from '../kit/text.ts';
import type { CodeProps } from './code-props.ts';
import { pageMessages } from './page-messages.ts';

/** The longest code that any request gets; for a page that does not know how long its code is. */
const maxCodeLength = 8;

/** The form of the code. Its script submits at the last digit, and shows a wrong code without leaving the page. */
export function CodeForm(props: CodeProps) {
  const { language, pending, codeLength, expiresInSeconds, invite } = props;
  const words = pageMessages[language];
  return (
    <form
      method="post"
      action="/confirm/"
      novalidate
      data-otp
      data-length={codeLength ?? undefined}
      data-expires={expiresInSeconds ?? undefined}
      data-eyebrow={words.expiredEyebrow}
      data-title={words.expiredTitle}
      data-expired={words.expiredText}
      data-offline={words.offline}
      data-incomplete={words.codeIncomplete}
    >
      <input type="hidden" name="pending" value={pending} />
      <CodeField {...props} />
      <Button>{words.signIn}</Button>
      {invite && (
        <p class="hint">
          {fill(words.codeInvite, { code: invite.code })} {invite.sees}
        </p>
      )}
    </form>
  );
}

/** The error takes the place of the hint below the field, so that neither the field nor the button moves. */
function CodeField({ language, codeLength, expiresInSeconds, error, value }: CodeProps) {
  const words = pageMessages[language];
  return (
    <div class="field">
      <label for="sms_code">
        {codeLength === null ? words.codeLabelUnknown : fillCount(language, words.codeLabel, { count: codeLength })}
      </label>
      <input
        type="text"
        inputmode="numeric"
        autocomplete="one-time-code"
        enterkeyhint="go"
        class="code-input mono"
        dir="ltr"
        autofocus
        id="sms_code"
        name="sms_code"
        value={value ?? ''}
        data-digits={codeLength ?? maxCodeLength}
        aria-describedby="sms_code-hint sms_code-error"
        aria-invalid={error ? 'true' : undefined}
      />
      <div class="under">
        <p class="hint" id="sms_code-hint">
          {expiresInSeconds !== null &&
            fillCount(language, words.codeValid, { count: Math.ceil(expiresInSeconds / 60) })}
        </p>
        <p class="wrong" id="sms_code-error" aria-live="polite">
          {error && <span class="sr">{httpWords[language].error} </span>}
          {error}
        </p>
      </div>
    </div>
  );
}
