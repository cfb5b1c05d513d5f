// How much work something is, for what must not grow with the square of a hostile text: time of this thread's own, so that a machine that is
// busy with other things does not count.

export function cpuMsOf(work: () => unknown): number {
  const spent = cpuClock();
  work();
  return spent();
}

/** Milliseconds of this thread since the call. */
export function cpuClock(): () => number {
  const start = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(start);
    return (user + system) / 1000;
  };
}

/** How much of what all threads of this process computed since the call was this one: 0 to 1. */
export function threadShare(): () => number {
  const here = cpuClock();
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return here() / ((user + system) / 1000);
  };
}
