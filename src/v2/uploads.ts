// `/v2/<name>/blobs/uploads/…` (distribution-spec "Pushing Blobs", "Mounting"). What would surprise: Location is a path without a
// host, and a mount that cannot be done is never an error but a new upload, because clients go on with that.

import { isAllowed } from "../access/principal.ts";
import { announcedLength, hasBody, openBody } from "../http/request-body.ts";
import { type Digest, digestAlgorithm, digestOf, isDigestAlgorithm, parseDigest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseContentRange } from "../oci/range.ts";
import { isRepositoryName, type RepositoryName } from "../oci/reference.ts";
import type { AppendOptions, Upload } from "../oci/registry.ts";
import { buildRoute } from "../oci/route.ts";
import { answer, type Exchange, type RouteHandler } from "./exchange.ts";

/** Mount, or the whole blob at once, or a new session. */
export const postUpload: RouteHandler<"uploads"> = async (exchange) => {
  const { door, principal, route } = exchange;
  const { query, repository } = route;
  const mount = query?.get("mount");
  if (mount && (await isMounted(exchange, parseDigest(mount), query?.get("from")))) {
    return answerCreated(exchange, repository, parseDigest(mount));
  }
  const algorithm = query?.get("digest-algorithm");
  if (algorithm && !isDigestAlgorithm(algorithm))
    throw new RegistryError("DIGEST_INVALID", { message: "only sha256 and sha512 are supported" });
  const digest = mount ? undefined : query?.get("digest");
  const whole = digest ? parseDigest(digest) : undefined;
  const upload = await door.registry.blobs.upload(repository, { principal: principal.id });
  if (whole !== undefined && (await isWhole(exchange, upload, whole))) {
    await upload.commit(whole);
    return answerCreated(exchange, repository, whole);
  }
  answer(exchange, 202, Object.entries(sessionHeaders(repository, upload.id, upload.size)).flat());
};

/** Where the upload stands; clients resume from that. HEAD answers the same. */
export const getUpload: RouteHandler<"upload"> = async (exchange) => {
  const { id, size } = await findUpload(exchange);
  answer(exchange, 204, Object.entries(sessionHeaders(exchange.route.repository, id, size)).flat());
};

export const patchUpload: RouteHandler<"upload"> = async (exchange) => {
  const upload = await findUpload(exchange);
  const size = hasBody(exchange.req) ? await appendBody(exchange, upload) : upload.size;
  answer(exchange, 202, Object.entries(sessionHeaders(exchange.route.repository, upload.id, size)).flat());
};

/** Ends an upload, with a last chunk or the whole blob or nothing in the body. */
export const putUpload: RouteHandler<"upload"> = async (exchange) => {
  const { req, route } = exchange;
  const digest = parseDigest(route.query?.get("digest") ?? "");
  const upload = await findUpload(exchange);
  if (hasBody(req)) await appendBody(exchange, upload);
  await upload.commit(digest);
  answerCreated(exchange, route.repository, digest);
};

export const deleteUpload: RouteHandler<"upload"> = async (exchange) => {
  const upload = await findUpload(exchange);
  await upload.cancel();
  answer(exchange, 204, []);
};

/** An upload is found only by who began it, in the repository where it was begun. @throws BLOB_UPLOAD_UNKNOWN */
function findUpload({ door, principal, route }: Exchange<"upload">): Promise<Upload> {
  return door.registry.blobs.upload(route.repository, { id: route.uploadId, principal: principal.id });
}

/** A refusal looks like a blob that is not there. */
async function isMounted({ door, principal, route }: Exchange<"uploads">, digest: Digest, from: string | null | undefined) {
  const mayPull = (repository: RepositoryName): boolean => isAllowed(principal, "pull", repository);
  if (from && !(isRepositoryName(from) && mayPull(from))) return false;
  const source = from ? (from as RepositoryName) : undefined;
  return (await door.registry.blobs.mount({ repository: route.repository, digest }, source, mayPull)) !== undefined;
}

/** Takes the body of a single POST. False: it was empty, so the client means to send the blob by a PUT that follows. */
async function isWhole({ req, res }: Exchange<"uploads">, upload: Upload, digest: Digest): Promise<boolean> {
  try {
    const size = hasBody(req) ? await upload.append(openBody(req, res), lengthOf(announcedLength(req))) : 0;
    return size > 0 || digest === digestOf("", digestAlgorithm(digest));
  } catch (error) {
    // The client does not know this session, so nobody could go on with it.
    await upload.cancel();
    throw error;
  }
}

/** @throws BLOB_UPLOAD_INVALID with Location and Range, from which the client can go on */
async function appendBody(exchange: Exchange<"upload">, upload: Upload): Promise<number> {
  const { req, res, route } = exchange;
  try {
    return await upload.append(openBody(req, res), chunkOptions(req.headers["content-range"], announcedLength(req)));
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== "BLOB_UPLOAD_INVALID") throw error;
    const { id, size } = await findUpload(exchange);
    const headers = sessionHeaders(route.repository, id, size);
    throw new RegistryError("BLOB_UPLOAD_INVALID", { message: error.message, cause: error, headers });
  }
}

/** Without Content-Range the body goes where the upload stands. @throws BLOB_UPLOAD_INVALID */
function chunkOptions(contentRange: string | undefined, announced: number | undefined): AppendOptions {
  if (contentRange === undefined) return lengthOf(announced);
  const range = parseContentRange(contentRange);
  if (range === undefined) throw new RegistryError("BLOB_UPLOAD_INVALID", { message: "Content-Range must be <first>-<last>" });
  const length = range.end - range.start + 1;
  if (announced !== undefined && announced !== length) {
    throw new RegistryError("BLOB_UPLOAD_INVALID", {
      message: `Content-Range says ${length} bytes, Content-Length ${announced}`,
    });
  }
  return { offset: range.start, length };
}

function lengthOf(length: number | undefined): AppendOptions {
  return length === undefined ? {} : { length };
}

/** Nothing received yet is `0-0`: there is no way to say less. */
function sessionHeaders(repository: RepositoryName, uploadId: string, size: number): Record<string, string> {
  const location = buildRoute({ kind: "upload", repository, uploadId });
  return { Location: location, Range: `0-${Math.max(0, size - 1)}`, "Docker-Upload-UUID": uploadId };
}

function answerCreated(exchange: Pick<Exchange, "res">, repository: RepositoryName, digest: Digest): void {
  answer(exchange, 201, [
    "Location",
    buildRoute({ kind: "blob", reference: { repository, digest } }),
    "Docker-Content-Digest",
    digest,
  ]);
}
