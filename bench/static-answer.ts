// A process that answers GET /N with the same N bytes over our listener: what an answer of that size costs when nothing is looked up.
// Started by bench/load.ts, tells its port to its parent and ends with it.

import { createListener } from "../src/http/listener.ts";
import { createTraffic } from "../src/http/traffic.ts";

const bodies = new Map<string, Buffer>();
const listener = await createListener({
  host: "127.0.0.1",
  port: 0,
  traffic: createTraffic(),
  report: (error) => console.error(error),
  handler(req, res) {
    const path = req.url ?? "";
    let body = bodies.get(path);
    if (body === undefined) bodies.set(path, (body = Buffer.alloc(Number(path.slice(1)), "0")));
    res.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  },
});
process.once("disconnect", () => process.exit());
process.send!(listener.port);
