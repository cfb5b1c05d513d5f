// The next step where nothing is yet: how an image gets here.

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { commandHost } from "../show/pull-commands.ts";
import { CommandLine } from "./pull-commands.tsx";
import { useSource } from "./pull-commands-source.ts";

/** `repository`: the name it gets. */
export function PushLine({ repository }: { repository: string }): ReactNode {
  const source = useSource(undefined);
  if (source === undefined) return null;
  const target = `${commandHost(source.url)}/${repository}:1`;
  return <CommandLine text={`docker tag IMAGE ${target} && docker push ${target}`} what="the command" />;
}

/** Where there is no repository at all. */
export function PushFirst(): ReactNode {
  return (
    <>
      <PushLine repository="NAME" />
      <p>
        <Link to="/">Home</Link> shows it for other tools too.
      </p>
    </>
  );
}
