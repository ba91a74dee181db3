import { getServerSession } from 'next-auth';
import { authOptions } from '../auth.mjs';
import { SignIn, SignOut } from './buttons.jsx';

export default async function Page() {
  const session = await getServerSession(authOptions);
  if (!session) return <SignIn />;
  return (
    <main>
      <p id="id">{session.user.id}</p>
      <p id="phone">{session.user.phone}</p>
      <SignOut />
    </main>
  );
}
