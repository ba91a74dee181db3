import { createOAuthClient, webStorage } from '@vouch/client';
import { openDpopKey } from '@vouch/client/dpop';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const vouch = createOAuthClient({
  url: document.documentElement.dataset.vouch,
  clientId: 'spa',
  redirectUri: `${location.origin}/callback`,
  storage: webStorage(localStorage),
  dpop: await openDpopKey(),
});

function App() {
  const [person, setPerson] = useState();
  const [error, setError] = useState('');
  useEffect(() => {
    enter().then(setPerson, (reason) => setError(reason.message));
  }, []);
  if (error) return <p role="alert">{error}</p>;
  if (person === undefined) return null;
  const signIn = async () => location.assign(await vouch.beginSignIn());
  const signOut = async () => location.assign(await vouch.signOut());
  if (!person)
    return (
      <button type="button" id="in" onClick={signIn}>
        Sign in
      </button>
    );
  return (
    <>
      <p id="phone">{person.phone_number}</p>
      <button type="button" id="out" onClick={signOut}>
        Sign out
      </button>
    </>
  );
}

/** The person of this page load; null if nobody is signed in. */
let entering;
function enter() {
  entering ??= (async () => {
    if (location.pathname !== '/callback') return (await vouch.claims()) ?? null;
    const completed = await vouch.completeSignIn(location.href);
    history.replaceState(null, '', '/');
    if (!completed.ok) throw new Error(completed.error.code);
    return completed.value.claims;
  })();
  return entering;
}

createRoot(document.getElementById('app')).render(<App />);
