// A real OpenID Connect provider for tests: oidc-provider with its own pages, at which everybody may sign in as anybody.
const { TOOLS, PORT, REDIRECT } = process.env;
const { default: Provider } = await import(`${TOOLS}/oidc/node_modules/oidc-provider/lib/index.js`);

const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  clients: [{
    client_id: 'sekisho',
    client_secret: 'a secret: with/signs+',
    redirect_uris: [REDIRECT],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  }],
  claims: { openid: ['sub'], profile: ['preferred_username'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: `${id}@example.jp` }) }),
});
provider.listen(Number(PORT), '127.0.0.1');
