// The registries whose behaviour is known to differ (research of their clients' sources and trackers), one row each. What cannot be told
// by a host's name, because people run it under names of their own, is found out from the answers instead.

import { standard, type HostProfile } from "./host-profile.ts";

const MiB = 1024 * 1024;

export const hostProfiles: readonly HostProfile[] = [
  {
    name: "Docker Hub",
    hosts: ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"],
    apiHost: "registry-1.docker.io",
    defaultNamespace: "library",
    realms: ["auth.docker.io"],
    noCatalog: "name the repositories, or look at hub.docker.com",
    noDelete: "tags are deleted at hub.docker.com or through its own API",
    login: "a Docker ID and a personal or organization access token",
  },
  {
    name: "GitHub Packages",
    hosts: ["ghcr.io"],
    noCatalog: "name the repositories, or ask the packages API of GitHub",
    noDelete: "package versions are deleted at github.com or through its REST API",
    noReferrers: true,
    ownTagOrder: true,
    upload: { way: "monolithic", chunkBytes: 4 * MiB },
    login: "any user name and a personal access token with read:packages or write:packages",
  },
  {
    name: "Amazon ECR",
    hosts: [".amazonaws.com", ".amazonaws.com.cn", "public.ecr.aws"],
    maxPage: 1000,
    upload: { way: "monolithic", chunkBytes: 10 * MiB },
    login: "the user AWS and the 12-hour token of `aws ecr get-login-password`, or the credential helper ecr-login",
  },
  {
    name: "Google Artifact Registry",
    hosts: [".pkg.dev", "gcr.io", ".gcr.io"],
    realms: [".googleapis.com"],
    upload: { way: "monolithic", chunkBytes: 0 },
    tokenPerRepository: true,
    login: "the user oauth2accesstoken and an access token, or _json_key and a service account's key, or the helper gcloud",
  },
  {
    name: "Azure Container Registry",
    hosts: [".azurecr.io", ".azurecr.cn", ".azurecr.us"],
    realms: ["login.microsoftonline.com"],
    login: "an identity token as `az acr login --expose-token` gives it, or a token or service principal with its password",
  },
  {
    name: "Quay",
    hosts: ["quay.io"],
    noCatalog: "it lists only what belongs to the account; name the repositories",
    ownTagOrder: true,
    // Never granted in a token; the request itself decides.
    deleteActions: ["pull", "push"],
    login: "a robot account (namespace+name) and its token",
  },
  {
    name: "GitLab",
    hosts: ["registry.gitlab.com"],
    realms: ["gitlab.com"],
    noCatalog: "the list of all repositories is refused; name the repositories, or ask the API of GitLab",
    login: "a deploy token, or a user name and a personal access token with read_registry",
  },
  {
    name: "Artifactory",
    hosts: [".jfrog.io"],
    login: "a user name and an identity or access token",
  },
  { name: "Nexus", hosts: [".repo.sonatype.com"], login: "a user name and password, or a user token" },
  {
    name: "Harbor",
    hosts: ["demo.goharbor.io"],
    login: "a user name and CLI secret, or a robot account (robot$name, quoted in shells) and its secret",
  },
  { name: "zot", hosts: ["zothub.io", ".zothub.io"], login: "a user name and password, or an API key" },
  { name: "Forgejo", hosts: ["codeberg.org", "code.forgejo.org"], login: "a user name and an access token with package rights" },
  { name: "Gitea", hosts: ["gitea.com"], login: "a user name and an access token with package rights" },
  {
    name: "IBM Cloud Container Registry",
    hosts: ["icr.io", ".icr.io"],
    realms: ["iam.cloud.ibm.com"],
    deleteActions: ["pull", "push", "delete"],
    login: "the user iamapikey and an API key",
  },
  {
    name: "Red Hat",
    hosts: ["registry.redhat.io", "registry.access.redhat.com", "registry.connect.redhat.com"],
    realms: [".redhat.com"],
    noCatalog: "name the repositories, or look at catalog.redhat.com",
    login: "a registry service account and its token",
  },
];

/** The profile of `host[:port]`; `standard` where nothing is known. */
export function profileOf(host: string): HostProfile {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  const known = ({ hosts }: HostProfile): boolean =>
    hosts.some((each) => (each.startsWith(".") ? name.endsWith(each) : name === each));
  return hostProfiles.find(known) ?? standard;
}
