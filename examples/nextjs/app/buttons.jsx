'use client';
import { signIn, signOut } from 'next-auth/react';

export function SignIn() {
  return (
    <button type="button" onClick={() => signIn('vouch')}>
      Sign in
    </button>
  );
}

/** Ends the session here, then at Vouch. */
export function SignOut() {
  const end = async () => {
    const { url } = await (await fetch('/signed-out')).json();
    await signOut({ redirect: false });
    location.assign(url);
  };
  return (
    <button type="button" onClick={end}>
      Sign out
    </button>
  );
}
