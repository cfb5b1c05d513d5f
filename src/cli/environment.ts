// What a verb sees of the world. main.ts hands it in, because the list of settings and the app stand above the doors, and so that
// a test can look at everything that a verb prints.

import type { ExitCode } from "./exit-codes.ts";
import type { Question, Reply } from "./server.ts";

export interface Output {
  /** Resolves when the text is on its way, so that a slow reader slows the writer down. @throws EPIPE when the reader is gone */
  write(text: string | Uint8Array): Promise<void>;
  readonly isTerminal: boolean;
  /** Width of the terminal in cells, now. */
  readonly columns: number;
}

export interface Input {
  readonly isTerminal: boolean;
  /** Everything until its end. @throws REQUEST_INVALID beyond 64 KiB */
  readText(): Promise<string>;
  /** One line that is typed after the prompt, without echo when `hidden`; undefined when it is ended instead (Ctrl-C, Ctrl-D). */
  readLine(prompt: string, hidden: boolean): Promise<string | undefined>;
}

/** A setting as `hythe serve` takes it: the name of its flag without dashes, what a value looks like, what it is for. */
export interface SettingFlag {
  readonly flag: string;
  readonly form: string;
  readonly sentence: string;
}

export interface RunningServer {
  /** http://host:port */
  readonly url: string;
  /** Where clients reach it, when that is somewhere else. */
  readonly externalUrl?: string | undefined;
  /** Everybody may do everything, until the first user is made here in a browser; undefined: that was done. Holds a secret. */
  readonly setupUrl?: string | undefined;
  close(): Promise<void>;
}

/** The registry in the data folder, asked without a server as the console of its machine: who can write there may do everything. */
export interface Administration {
  /** /api/v1, as a server would answer. */
  readonly ask: (question: Question) => Promise<Reply>;
  close(): Promise<void>;
}

export interface LoadedSettings {
  /** Each one sentence; with any of them nothing can be started. */
  readonly mistakes: readonly string[];
  /** As people may see them: secrets are hidden. Empty when there are mistakes. */
  readonly values: readonly { readonly key: string; readonly value: string; readonly origin: string }[];
  /** Starts a registry with these settings; there must be no mistakes. With `demo` it is filled first, in an empty folder. */
  readonly open: (demo?: DemoFilling) => Promise<RunningServer>;
  /** There must be no mistakes. `begin`: a folder without a registry gets one; else @throws NOT_FOUND that names the folder */
  readonly openAdministration: (begin: boolean) => Promise<Administration>;
}

export interface DemoFilling {
  /** How far it is, from 0 to 1. */
  readonly report: (done: number) => void;
  /** Breaks it off. */
  readonly signal: AbortSignal;
}

/** `flags`: those that were given, by name. `file`: undefined for hythe.yaml in the working folder, if there is one. */
export type LoadSettings = (flags: Readonly<Record<string, string>>, file: string | undefined) => Promise<LoadedSettings>;

export interface Environment {
  readonly version: string;
  /** HYTHE_SERVER, HYTHE_CONFIG, HYTHE_INSECURE, HYTHE_ALLOWED_REALMS, proxies and where credentials lie are read from here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the user; credentials are in it. */
  readonly home: string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Milliseconds. */
  readonly now: () => number;
  /** Asked for by the verbs that take them: the list of settings takes a while to load. */
  readonly settingFlags: () => Promise<readonly SettingFlag[]>;
  readonly loadSettings: LoadSettings;
  /** Resolves when the process is asked to stop. */
  readonly untilStopped: () => Promise<void>;
}

export interface VerbContext extends Environment {
  /** The exit code of a verb that has said itself what went wrong. */
  readonly endWith: (code: ExitCode) => void;
}
