/** Any OpenID Connect library takes Vouch by its issuer; this is next-auth 4. */
const { VOUCH_URL = 'http://127.0.0.1:8000', CLIENT_SECRET = '' } = process.env;

export const authOptions = {
  providers: [
    {
      id: 'vouch',
      name: 'Vouch',
      type: 'oauth',
      wellKnown: `${VOUCH_URL}/.well-known/openid-configuration`,
      clientId: 'shop',
      clientSecret: CLIENT_SECRET,
      authorization: { params: { scope: 'openid phone' } },
      checks: ['pkce', 'state', 'nonce'],
      idToken: true,
      profile: ({ sub, phone_number }) => ({ id: sub, phone: phone_number }),
    },
  ],
  callbacks: {
    /** The session cookie keeps the stable id, the number, and the ID token for the sign-out at Vouch. */
    jwt: ({ token, account, user }) => (account ? { ...token, phone: user.phone, idToken: account.id_token } : token),
    session: ({ session, token }) => ({ ...session, user: { id: token.sub, phone: token.phone } }),
  },
};
