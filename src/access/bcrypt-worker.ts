// The thread of one bcrypt check: a password and a hash come in, yes or no goes out.

import { parentPort, workerData } from "node:worker_threads";
import { compareSync } from "bcryptjs";
import type { BcryptCheck } from "./bcrypt.ts";

const port = parentPort!;
const { password, hash } = workerData as BcryptCheck;
port.postMessage(compareSync(password, hash));
