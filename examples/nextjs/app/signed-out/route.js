import { getToken } from 'next-auth/jwt';

/** The URL that signs out at Vouch and comes back (OpenID Connect RP-Initiated Logout). */
export async function GET(request) {
  const token = await getToken({ req: request });
  const { VOUCH_URL = 'http://127.0.0.1:8000', NEXTAUTH_URL } = process.env;
  const query = new URLSearchParams({
    id_token_hint: token?.idToken ?? '',
    post_logout_redirect_uri: `${NEXTAUTH_URL}/`,
  });
  return Response.json({ url: `${VOUCH_URL}/oauth/logout?${query}` });
}
