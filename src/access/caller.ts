// What a request tells about who sent it, before anybody believes it.

export interface Caller {
  /** Of the client itself, behind the proxies that are trusted. */
  readonly address: string;
  readonly userAgent: string;
}
