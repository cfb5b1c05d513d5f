// What can be done with an image: compare it with another, or delete it.

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { placePath, type Place } from "../show/place.ts";

export function ImageActions({ place, manifest: { digest } }: { place: Place; manifest: ManifestAnswer }): ReactNode {
  const { registry, repository, tag } = place;
  return (
    <Button
      size="xs"
      variant="default"
      component={Link}
      to={placePath({ registry, repository })}
      search={{ view: "compare", a: tag ?? digest } as never}
    >
      Compare…
    </Button>
  );
}
