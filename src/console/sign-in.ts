import { newDeviceToken } from '../sessions/trusted-device.ts';
import type { VerifyRefusal } from '../sign-in/challenge.ts';
import { type CheckCodeNeeds, type CodeInput, checkCode, deviceOfHash } from '../sign-in/verify-code.ts';
import { newOperatorToken } from '../team/operator-token.ts';
import { useOperatorCode } from './store.ts';

/** The code was right, and its number belongs to no operator, or to another than the session. */
export interface NoOperator {
  readonly ok: false;
  readonly code: 'no_operator';
}

/** An operator who is signed in; the tokens of the session and of the device. */
export interface OperatorSignedIn {
  readonly ok: true;
  readonly token: string;
  readonly deviceToken: string;
}

/**
 * Signs an operator in by a code, with the limits of every sign-in. It opens neither an account nor a session of the pages.
 * Only the owner of the number, who has its code, learns whether it belongs to an operator.
 */
export async function signInOperator(
  needs: CheckCodeNeeds,
  input: CodeInput,
): Promise<OperatorSignedIn | NoOperator | VerifyRefusal> {
  const { token, secretHash } = newOperatorToken();
  const opened = await enter(needs, input, { secretHash, confirms: false });
  return opened.ok ? { ...opened, token } : opened;
}

/** Notes a fresh code in the session of an operator, whose number it has to be. */
export function confirmOperator(
  needs: CheckCodeNeeds,
  input: CodeInput,
  secretHash: Buffer,
): Promise<Omit<OperatorSignedIn, 'token'> | NoOperator | VerifyRefusal> {
  return enter(needs, input, { secretHash, confirms: true });
}

function enter(
  needs: CheckCodeNeeds,
  input: CodeInput,
  session: { readonly secretHash: Buffer; readonly confirms: boolean },
): Promise<Omit<OperatorSignedIn, 'token'> | NoOperator | VerifyRefusal> {
  const device = newDeviceToken();
  return checkCode(
    needs,
    input,
    (guess) => useOperatorCode(needs, guess, session, device),
    ({ role, device_hash: hash }, guess) =>
      role === null || hash === null
        ? { ok: false, code: 'no_operator' }
        : { ok: true, deviceToken: deviceOfHash([device, ...guess.device], hash) },
  );
}
