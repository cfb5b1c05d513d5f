// One line of JSON for every pull, in files that other programs read and that go away by themselves (`pulls.log: file`). Not the count:
// lines of the last second are lost with the process, and lines that no disk takes for long are lost, too. No pull waits for its line.

import { mkdir, open, readdir, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

export interface LoggedPull {
  readonly repository: string;
  /** Undefined: it was asked for by digest. */
  readonly tag: string | undefined;
  readonly digest: string;
  readonly principal: string;
  readonly address: string;
  readonly userAgent: string;
}

export interface PullLog {
  /** Never fails. Undefined: `pulls.log: off`. */
  readonly write: ((pull: LoggedPull) => void) | undefined;
  /** Writes what waits, if that can be. */
  close(): Promise<void>;
}

export interface PullLogOptions {
  readonly folder: string;
  /** false: only what was written before is removed in its time. */
  readonly isOn: boolean;
  readonly keepMs: number;
  readonly now: () => number;
  readonly log: (sentence: string, error?: unknown) => void;
  /** Of one file. */
  readonly fileBytes?: number;
  /** Lines that wait while the disk takes none. */
  readonly waitingBytes?: number;
  readonly everyMs?: number;
}

const dayMs = 24 * 3600_000;
const fileName = /^pulls-(\d{4}-\d\d-\d\d)\.(\d+)\.jsonl$/;

/** The caller closes it. */
export function openPullLog(options: PullLogOptions): PullLog {
  const { folder, isOn, keepMs, log, now } = options;
  const writer = new PullLogWriter(options);
  const trim = (): void => void removeOld(folder, now() - keepMs).catch((error) => log("old pull logs cannot be removed", error));
  trim();
  const timer = setInterval(trim, dayMs / 24).unref();
  return {
    write: isOn ? (pull) => writer.add(pull) : undefined,
    async close() {
      clearInterval(timer);
      await writer.close();
    },
  };
}

async function removeOld(folder: string, beforeMs: number): Promise<void> {
  for (const { name, day } of await listFiles(folder)) {
    if (Date.parse(day) + dayMs <= beforeMs) await unlink(join(folder, name));
  }
}

async function listFiles(folder: string): Promise<{ name: string; day: string; number: number }[]> {
  try {
    return (await readdir(folder)).flatMap((name) => {
      const [, day, number] = fileName.exec(name) ?? [];
      return day === undefined ? [] : { name, day, number: Number(number) };
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Lines of one day. */
interface Group {
  readonly day: string;
  text: string;
}

interface OpenFile {
  readonly day: string;
  readonly handle: FileHandle;
  size: number;
}

class PullLogWriter {
  readonly #options: Required<PullLogOptions>;
  #groups: Group[] = [];
  #waiting = 0;
  #lost = 0;
  #file: OpenFile | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isFailing = false;

  constructor(options: PullLogOptions) {
    this.#options = { fileBytes: 256 * 2 ** 20, waitingBytes: 16 * 2 ** 20, everyMs: 1000, ...options };
  }

  add({ repository, tag, digest, principal, address, userAgent }: LoggedPull): void {
    const { everyMs, now, waitingBytes } = this.#options;
    const time = new Date(now()).toISOString();
    const by = tag === undefined ? "digest" : "tag";
    const line = `${JSON.stringify({ time, repository, tag: tag ?? null, digest, by, principal, address, userAgent })}\n`;
    if (this.#waiting + line.length > waitingBytes) {
      this.#lost++;
      return;
    }
    const day = time.slice(0, 10);
    const last = this.#groups.at(-1);
    if (last?.day === day) last.text += line;
    else this.#groups.push({ day, text: line });
    this.#waiting += line.length;
    this.#timer ??= setTimeout(() => void this.#flush(), everyMs).unref();
  }

  async close(): Promise<void> {
    await this.#running;
    await this.#flush();
    clearTimeout(this.#timer);
    if (this.#waiting > 0) this.#options.log("the last lines of the pull log are lost: they could not be written");
    await this.#file?.handle.close();
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = this.#running.then(() => this.#write());
    return this.#running;
  }

  async #write(): Promise<void> {
    const { everyMs, log } = this.#options;
    const groups = this.#groups;
    this.#groups = [];
    try {
      for (let group = groups[0]; group !== undefined; group = groups[0]) {
        await this.#append(group);
        this.#waiting -= group.text.length;
        groups.shift();
      }
    } catch (error) {
      // They wait for the next turn: a disk that is full for a while loses nothing.
      if (!this.#isFailing) log("the pull log cannot be written", error);
      this.#isFailing = true;
      this.#groups.unshift(...groups);
      this.#timer ??= setTimeout(() => void this.#flush(), everyMs).unref();
      return;
    }
    if (!this.#isFailing || groups.length > 0) return;
    log(`the pull log can be written again${this.#lost > 0 ? `: ${this.#lost} lines are missing` : ""}`);
    this.#isFailing = false;
    this.#lost = 0;
  }

  async #append({ day, text }: Group): Promise<void> {
    const bytes = Buffer.from(text);
    const file = await this.#fileFor(day, bytes.length);
    let written = 0;
    try {
      written = (await file.handle.write(bytes, 0, bytes.length, file.size)).bytesWritten;
      if (written < bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes could be written`);
    } catch (error) {
      // Half a line would spoil the next one; if it cannot be taken back, the rest goes into another file.
      await file.handle.truncate(file.size).catch(() => this.#leaveFile());
      throw error;
    }
    file.size += written;
  }

  async #fileFor(day: string, bytes: number): Promise<OpenFile> {
    const { fileBytes, folder } = this.#options;
    const current = this.#file;
    if (current?.day === day && (current.size === 0 || current.size + bytes <= fileBytes)) return current;
    await this.#leaveFile();
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const taken = (await listFiles(folder)).flatMap((file) => (file.day === day ? file.number : []));
    const handle = await createFile(folder, day, Math.max(0, ...taken) + 1);
    return (this.#file = { day, handle, size: 0 });
  }

  async #leaveFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }
}

/** A file of our own: other processes may write their log to the same folder. */
async function createFile(folder: string, day: string, number: number): Promise<FileHandle> {
  try {
    return await open(join(folder, `pulls-${day}.${number}.jsonl`), "wx", 0o640);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return createFile(folder, day, number + 1);
  }
}
