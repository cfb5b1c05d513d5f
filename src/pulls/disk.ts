// The system calls of the journal, in one object so that tests can make each of them fail, and the steps between which tests kill.

import fs from "node:fs";

/** Called by name between every two steps that leave something behind; tests die or throw there. */
export type Failpoint = (step: string) => void;
export const noFailpoint: Failpoint = () => undefined;

export interface Disk {
  openSync(path: string, flags: string): number;
  /** May write less than asked for without an error. */
  writeSync(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  ftruncateSync(fd: number, length: number): void;
  closeSync(fd: number): void;
  unlinkSync(path: string): void;
  fdatasync(fd: number): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

export const realDisk: Disk = {
  openSync: fs.openSync,
  writeSync: fs.writeSync,
  ftruncateSync: fs.ftruncateSync,
  closeSync: fs.closeSync,
  unlinkSync: fs.unlinkSync,
  fdatasync: (fd) => new Promise((resolve, reject) => fs.fdatasync(fd, (error) => (error === null ? resolve() : reject(error)))),
  async syncFolder(path) {
    const folder = await fs.promises.open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};
