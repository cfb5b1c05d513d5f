// Every error of /api/v1: application/problem+json (RFC 9457) with a code and the id of the request.

import { z } from "zod";

export const problemType = "application/problem+json";

export const problem = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe("What is wrong and what to do"),
  code: z.string().describe("The same codes as on /v2, e.g. NAME_UNKNOWN"),
  requestId: z.string().describe("Also in the log"),
  mistakes: z
    .array(z.strictObject({ parameter: z.string(), message: z.string() }))
    .optional()
    .describe("All of them, when parameters are wrong"),
});
export type Problem = z.infer<typeof problem>;
