// How much work something is, for what must not grow with the square of a hostile text: time of this thread's own, so that a machine that is
// busy with other things does not count.

export function cpuMsOf(work: () => unknown): number {
  const start = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000;
}
