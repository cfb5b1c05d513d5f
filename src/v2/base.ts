// `/v2/`, where clients ask whether this is a registry at all, and the list of extensions.

import { answerJson, type RouteHandler } from "./exchange.ts";

export const getBase: RouteHandler<"base"> = (exchange) => answerJson(exchange, {});

export const getExtensions: RouteHandler<"discover"> = (exchange) =>
  answerJson(exchange, {
    extensions: [
      {
        name: "_oci",
        url: "https://github.com/opencontainers/distribution-spec/tree/main/extensions",
        description: "extension discovery",
        endpoints: ["_oci/ext/discover"],
      },
    ],
  });
