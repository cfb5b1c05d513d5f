// A banner while the registry does not answer: since when (what is shown is from before that), and when it is tried again.

import { Button } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { useConnection, useTryNow } from "../ask/connection.ts";
import { formatUtc } from "../show/time.ts";
import styles from "./banner.module.css";

const second = 1000;

export function Offline(): ReactNode {
  const { lostSince, nextTryAt } = useConnection();
  const tryNow = useTryNow();
  if (lostSince === undefined) return null;
  return (
    <div role="alert" className={styles.banner} data-kind="offline">
      <IconPlugConnectedX size={18} aria-hidden />
      <span>The registry has not answered since {formatUtc(lostSince).slice(11)}.</span>
      <span className="num" aria-hidden>
        {nextTryAt === undefined ? "Trying …" : <Countdown until={nextTryAt} />}
      </span>
      <Button size="compact-sm" variant="default" onClick={tryNow} disabled={nextTryAt === undefined}>
        Try now
      </Button>
    </div>
  );
}

function Countdown({ until }: { readonly until: number }): ReactNode {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), second);
    return () => clearInterval(timer);
  }, []);
  return `Next try in ${Math.max(0, Math.ceil((until - now) / second))} s`;
}
