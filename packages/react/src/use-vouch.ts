import type { PendingCode, Result, SignedIn, VouchClient, VouchError } from '@vouch/client';
import { useCallback, useEffect, useRef, useState } from 'react';

/** The state of a sign-in, and its acts. No act throws. */
export interface SignIn {
  /** `loading` until the storage was read. */
  readonly step: 'loading' | 'phone' | 'code' | 'signed_in';
  readonly isBusy: boolean;
  readonly error: VouchError | undefined;
  readonly pending: PendingCode | undefined;
  readonly session: SignedIn | undefined;
  /** Seconds until a code can be sent again; it counts down. */
  readonly resendIn: number;
  requestCode(phoneNumber: string, regionCode?: string): Promise<void>;
  verifyCode(code: string, inviteCode?: string): Promise<void>;
  resend(): Promise<void>;
  /** Goes back to the number. */
  changeNumber(): void;
  signOut(): Promise<void>;
}

type State = Pick<SignIn, 'step' | 'isBusy' | 'error' | 'pending' | 'session'>;

const start: State = { step: 'loading', isBusy: false, error: undefined, pending: undefined, session: undefined };

/** Signs in by phone. Make the client once, outside of the component. */
export function useVouch(client: VouchClient): SignIn {
  const [state, setState] = useState(start);
  const [now, setNow] = useState(() => Date.now());
  const isBusy = useRef(false);
  useEffect(() => {
    let isHere = true;
    Promise.all([client.session(), client.pending()]).then(([session, kept]) => {
      const pending = kept && kept.expiresAt > Date.now() ? kept : undefined;
      if (isHere) setState({ ...start, session, pending, step: session ? 'signed_in' : pending ? 'code' : 'phone' });
    });
    return () => {
      isHere = false;
    };
  }, [client]);
  const resendAt = state.pending?.resendAt ?? 0;
  useEffect(() => {
    setNow(Date.now());
    if (resendAt <= Date.now()) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [resendAt]);

  /** Runs one act at a time, so that a second press sends nothing. */
  const act = useCallback(async <T>(run: () => Promise<Result<T>>, next: (value: T) => Partial<State>) => {
    if (isBusy.current) return;
    isBusy.current = true;
    setState((old) => ({ ...old, isBusy: true, error: undefined }));
    const result = await run();
    isBusy.current = false;
    setState((old) => ({ ...old, isBusy: false, ...(result.ok ? next(result.value) : { error: result.error }) }));
  }, []);

  return {
    ...state,
    resendIn: Math.max(0, Math.ceil((resendAt - now) / 1000)),
    requestCode: (phoneNumber, regionCode) =>
      act(
        () => client.requestCode(phoneNumber, regionCode),
        (pending) => ({ pending, step: 'code' }),
      ),
    resend: () =>
      act(
        () => client.resend(),
        (pending) => ({ pending }),
      ),
    verifyCode: (code, inviteCode) =>
      act(
        () => client.verifyCode(code, inviteCode),
        (session) => ({ session, pending: undefined, step: 'signed_in' }),
      ),
    changeNumber: () => setState((old) => ({ ...old, step: 'phone', error: undefined })),
    signOut: () =>
      act(
        // the client forgets the session whatever comes of the request
        async () => ({ ok: true, value: await client.signOut() }),
        () => ({ ...start, step: 'phone' }),
      ),
  };
}
