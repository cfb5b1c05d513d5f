// What proves who we are to one registry, and where it comes from.

/** User name and password (or access token); a refresh token of the registry's token server; or a bearer token that is sent as it is. */
export type Credential = Login | { readonly identityToken: string } | { readonly registryToken: string };

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface CredentialSource {
  /** Undefined: nobody is logged in there. `host` as in references. @throws REQUEST_INVALID when what is stored cannot be read */
  get(host: string, repository?: string): Promise<Credential | undefined>;
  /** What `get` gave was refused: it is to be looked up anew the next time. */
  refused?(): void;
}

export interface FixedCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly identityToken?: string | undefined;
  readonly registryToken?: string | undefined;
}

/** The same for every host: only for a client of one registry. */
export function fixedCredentials(options: FixedCredentials): CredentialSource {
  const credential = toCredential(options);
  return { get: async () => credential };
}

/** The strongest that is there: a registry token, an identity token, a login. The user name `<token>` marks an identity token. */
export function toCredential({ username, password, identityToken, registryToken }: FixedCredentials): Credential | undefined {
  if (registryToken !== undefined && registryToken !== "") return { registryToken };
  if (identityToken !== undefined && identityToken !== "") return { identityToken };
  if (username === "<token>" && password !== undefined && password !== "") return { identityToken: password };
  if (username === undefined || username === "") return undefined;
  return { username, password: password ?? "" };
}
