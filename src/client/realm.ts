// Where a token server may be, and whether it may see credentials: a registry says where it is, and a registry is not to be believed.
// Surprise: there is no public-suffix list here but a rule that is narrower than it, with settings for what it refuses.

import { createRegistryError } from "../oci/errors.ts";
import { isLoopbackHost, literalAddress } from "./address-guard.ts";
import type { HostProfile } from "./host-profile.ts";

/**
 * The address of the token server, relative ones resolved against the registry's API, without user name, password and fragment.
 * @throws PROTOCOL_VIOLATED when it is no http(s) address, or plain http although the registry is not
 */
export function resolveRealm(realm: string, registry: URL): URL {
  const base = new URL("/v2/", registry);
  const url = URL.canParse(realm, base) ? new URL(realm, base) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw createRegistryError("PROTOCOL_VIOLATED", { message: `${registry.host} names no usable token server in its challenge` });
  }
  if (url.protocol === "http:" && registry.protocol !== "http:") {
    throw createRegistryError("PROTOCOL_VIOLATED", {
      message: `${registry.host} sends us to the token server ${url.host} over plain http, where anybody on the way could read along`,
    });
  }
  [url.username, url.password, url.hash] = ["", "", ""];
  return url;
}

export interface RealmTrust {
  readonly registry: URL;
  readonly profile: HostProfile;
  /** host, host:port, or `.example.org` for all below it. */
  readonly allowedRealms: readonly string[];
}

/** Whether credentials for the registry may go there: same host, same registrable domain, a pair that is known, or allowed by a setting. */
export function mayHaveCredentials(realm: URL, { registry, profile, allowedRealms }: RealmTrust): boolean {
  if (realm.hostname === registry.hostname) return true;
  if (isLoopbackHost(realm.hostname) && isLoopbackHost(registry.hostname)) return true;
  if (sameOwner(realm, registry)) return true;
  return [...(profile.realms ?? []), ...allowedRealms].some((allowed) => {
    const name = allowed.toLowerCase();
    return name.startsWith(".") ? realm.hostname.endsWith(name) : name === realm.hostname || name === realm.host;
  });
}

/** @throws UNAUTHORIZED always, naming the setting that would allow it */
export function refuseRealm(realm: URL, registry: URL): never {
  throw createRegistryError("UNAUTHORIZED", {
    message:
      `${registry.host} asks for its credentials to be sent to the token server ${realm.host}, which is not of the same domain: ` +
      `if that is right, add '${realm.hostname}' to allowedRealms`,
    request: { host: realm.host, method: "GET", path: realm.pathname, attempts: 0 },
  });
}

function sameOwner(realm: URL, registry: URL): boolean {
  if (literalAddress(realm) !== undefined || literalAddress(registry) !== undefined) return false;
  const domain = registrableDomain(registry.hostname);
  return domain !== undefined && domain === registrableDomain(realm.hostname);
}

/** Below these anybody gets a name, so neighbours are strangers. */
const sharedDomains = (
  "ae.org amazonaws.com amazonaws.com.cn appdomain.cloud awsapprunner.com azure-api.net azure.com azurecontainer.io " +
  "azurecontainerapps.io azurecr.cn azurecr.io azureedge.net azurefd.net azurestaticapps.net azurewebsites.net b-cdn.net " +
  "blogspot.com br.com cloudapp.net cloudfront.net cluster.local cn.com co.com codeberg.page ddns.net de.com deno.dev " +
  "deno.net digitaloceanspaces.com duckdns.org dyndns.org dynv6.net edgekey.net eu.com eu.org fastly.net firebaseapp.com " +
  "fly.dev gb.net gcr.io github.io githubusercontent.com gitlab.io googleapis.com gr.com herokuapp.com home-webserver.de " +
  "hopto.org hu.net in.net jp.net jpn.com koyeb.app kr.com lhr.life linodeobjects.com localhost.run mex.com netlify.app " +
  "ngrok-free.app ngrok-free.dev ngrok.app ngrok.dev ngrok.io nip.io no-ip.org now.sh ondigitalocean.app onrender.com " +
  "openshiftapps.com oraclecloud.com pages.dev pkg.dev r2.dev railway.app render.com ru.com run.app sa.com scw.cloud " +
  "se.net serveo.net spdns.de sslip.io surge.sh sytes.net traefik.me trafficmanager.net trycloudflare.com ts.net uk.com " +
  "uk.net us.com us.org vercel.app web.app windows.net workers.dev xip.io za.com zapto.org"
).split(" ");

/** Countries whose registries sell names directly below the country, but for short and telling ones (com.fr, gouv.fr). */
const flatCountries = new Set("ai at be ch cz de dk ee eu fi fr io li lt lu lv me nl sh si sk".split(" "));
const category = /^(?:.{1,3}|asso|assn|comm|conf|coop|firm|gouv|govt|info|inst|medecin|mobi|name|priv|prof|press|veterinaire)$/;
/** What nearly every other country sells names below. Not edu and gov, which some divide by state, and not the United States, where co is one. */
const trade = new Set("ac co com ne net or org".split(" "));

/**
 * The part of a host's name that one owner bought, undefined where these rules cannot tell. It may be longer than the truth, never shorter:
 * evil.co.uk and good.co.uk are two, and of evil.kobe.jp and good.kobe.jp nothing is known.
 */
export function registrableDomain(hostname: string): string | undefined {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  if (sharedDomains.some((shared) => name === shared || name.endsWith(`.${shared}`))) return undefined;
  const labels = name.split(".");
  const parts = registrableParts(labels.at(-2) ?? "", labels.at(-1) ?? "");
  return parts === undefined || labels.length < parts ? undefined : labels.slice(-parts).join(".");
}

function registrableParts(second: string, top: string): number | undefined {
  if (top.length > 2 && !top.startsWith("xn--")) return 2;
  if (flatCountries.has(top)) return category.test(second) ? 3 : 2;
  return trade.has(second) && top !== "us" ? 3 : undefined;
}
