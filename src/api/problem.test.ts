import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import fastify from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerProblem } from "./problem.ts";

const reports: unknown[] = [];
const ended = Promise.withResolvers<void>();
const api = fastify();
beforeAll(async () => {
  api.setErrorHandler((error, request, reply) => {
    const answered = answerProblem((what) => reports.push(what), error, request, reply);
    if (request.url === "/broken") ended.resolve();
    return answered;
  });
  api.post("/broken", async () => ({}));
  api.post("/bug", async () => {
    throw new Error("a bug");
  });
  await api.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(() => api.close());

test("a client that goes away in the middle of its body is no fault of ours, a bug is", async () => {
  const socket = connect((api.server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  socket.write("POST /broken HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{");
  await once(api.server, "request");
  socket.destroy();
  await ended.promise;
  expect(reports).toEqual([]);
  expect((await api.inject({ method: "POST", url: "/bug" })).statusCode).toBe(500);
  expect(reports).toHaveLength(1);
});
