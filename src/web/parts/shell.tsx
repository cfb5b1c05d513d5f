// What stays while pages change: header, navigation, the page in <main>, and what may lie over it. Before anything is shown it is known
// who asks: where nothing is for everybody, the page is signing in, and the address stays.

import { Drawer } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import { useConnectionWatch } from "../ask/connection.ts";
import { useStatus } from "../ask/live.ts";
import { session } from "../ask/queries.ts";
import { isShutOut, noteEntered, useDoor, useSessionWatch } from "../ask/session.ts";
import banner from "./banner.module.css";
import { Gate } from "./gate.tsx";
import { Header } from "./header.tsx";
import { KeysHelp } from "./keys-help.tsx";
import { useKeys } from "./keys.ts";
import { Nav, usePages } from "./nav.tsx";
import { Offline } from "./offline.tsx";
import { Palette } from "./palette.tsx";
import { usePreference } from "./preferences.ts";
import { useRecentWatch } from "./recent-places.ts";
import styles from "./shell.module.css";
import { SignInOver } from "./sign-in-over.tsx";

/** Somebody else may have ended the session, or another tab. */
const sessionMs = 60_000;

export function Shell(): ReactNode {
  useSessionWatch();
  useConnectionWatch();
  useDensity();
  const { data: who, error, refetch } = useQuery({ ...session(), refetchInterval: sessionMs });
  const { entered, reader } = useDoor();
  const isIn = who !== undefined && !who.mustChange && !isShutOut(who);
  useEffect(() => {
    if (isIn) noteEntered();
  }, [isIn]);
  if (isIn || entered) return <Frame key={reader} />;
  return (
    <>
      <Offline />
      <Gate who={who} error={error} retry={() => void refetch()} />
    </>
  );
}

function Frame(): ReactNode {
  const [shown, setShown] = useState<"nav" | "palette" | "help">();
  const close = (): void => setShown(undefined);
  const isDemo = useStatus()?.demo === true;
  useKeys({ pages: usePages(), openPalette: () => setShown("palette"), openHelp: () => setShown("help") });
  useRecentWatch();
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        Skip to the content
      </a>
      {isDemo && (
        <div className={banner.banner} data-kind="demo" role="note">
          Demo: everything in here was made up.
        </div>
      )}
      <Offline />
      <Header openNav={() => setShown("nav")} openPalette={() => setShown("palette")} />
      <div className={styles.columns}>
        <div className={styles.nav}>
          <Nav rail />
        </div>
        <main id="main" className={styles.main} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Drawer opened={shown === "nav"} onClose={close} title="Hythe" size={280}>
        <Nav rail={false} follow={close} />
      </Drawer>
      <Palette opened={shown === "palette"} close={close} />
      <KeysHelp opened={shown === "help"} close={close} />
      <SignInOver />
    </div>
  );
}

function useDensity(): void {
  const density = usePreference("density");
  useEffect(() => {
    document.documentElement.dataset["density"] = density;
  }, [density]);
}
