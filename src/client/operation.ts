// What every operation of the client works with, and how an answer that is not what it should be becomes an error.

import { createRegistryError, RegistryError, type ErrorCode, type ErrorOptions, type FailedRequest } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { HostProfile } from "./host-profile.ts";
import type { ClientRequest, ClientResponse, Send } from "./request.ts";
import type { Action, Scope } from "./scope.ts";

export interface Operations {
  readonly send: Send;
  readonly profile: HostProfile;
  readonly warn: (warning: string) => void;
  /** Milliseconds. */
  readonly now: () => number;
  /** How often a broken transfer is taken up again without a byte of progress. */
  readonly maxRetries: number;
  /** Text that nobody had before. */
  readonly nonce: () => string;
  /** Waits before the transfer is taken up again for the `failures`-th time. @throws the signal's reason */
  readonly pause: (failures: number, signal: AbortSignal | undefined) => Promise<void>;
}

export function scope(repository: RepositoryName, ...actions: Action[]): readonly Scope[] {
  return [{ repository, actions }];
}

/** The request that an answer belongs to. */
export function requestOf(method: ClientRequest["method"], response: ClientResponse): FailedRequest {
  const { attempts, status, url } = response;
  return { host: url.host, method, path: url.pathname, attempts, status };
}

/** The status that the registry itself answered with; undefined: it did not come to an answer, as when its token server gave none. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof RegistryError && error.code !== "PROTOCOL_VIOLATED" ? error.request?.status : undefined;
}

/** The same error under another code, for a registry that only said 404, or said it with a code of its own. */
export function renamed(
  error: RegistryError,
  code: ErrorCode,
  options: Pick<ErrorOptions, "message" | "detail"> = {},
): RegistryError {
  const { detail, headers, request, retryAt } = error;
  return createRegistryError(code, {
    cause: error,
    ...(detail !== undefined && { detail }),
    ...(headers && { headers }),
    ...(request && { request }),
    ...(retryAt && { retryAt }),
    ...options,
  });
}

const notFoundCodes = new Set<ErrorCode>(["NAME_UNKNOWN", "MANIFEST_UNKNOWN", "BLOB_UNKNOWN", "BLOB_UPLOAD_UNKNOWN"]);

/** Of a 404 that does not say what is missing: it is `missing`. Other errors stay as they are. */
export function notFoundAs(error: unknown, missing: ErrorCode): unknown {
  if (!(error instanceof RegistryError) || statusOf(error) !== 404 || notFoundCodes.has(error.code)) return error;
  return renamed(error, missing);
}

/** Sends, and drops the body of the answer. */
export async function sendEmpty(send: Send, request: ClientRequest): Promise<ClientResponse> {
  const response = await send(request);
  await response.discard();
  return response;
}
