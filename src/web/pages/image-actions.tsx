// What can be done with an image: compare it with another, or take its tag away.

import { Button, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState, type ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { useSession } from "../ask/live.ts";
import { DeleteDialog } from "../parts/delete-dialog.tsx";
import { placePath, type Place } from "../show/place.ts";

export function ImageActions({ place, manifest }: { place: Place; manifest: ManifestAnswer }): ReactNode {
  const { registry, repository, tag } = place;
  return (
    <>
      <Button
        size="xs"
        variant="default"
        component={Link}
        to={placePath({ registry, repository })}
        search={{ view: "compare", a: tag ?? manifest.digest } as never}
      >
        Compare…
      </Button>
      {tag !== undefined && manifest.rights !== null && (
        <DeleteTag repository={repository} name={tag} digest={manifest.digest} mayDelete={manifest.rights.delete} />
      )}
    </>
  );
}

interface DeleteTagProps {
  readonly repository: string;
  readonly name: string;
  readonly digest: string;
  readonly mayDelete: boolean;
}

/** Hidden from those who have not signed in; from others with its reason. */
function DeleteTag({ repository, name, digest, mayDelete }: DeleteTagProps): ReactNode {
  const session = useSession();
  const client = useQueryClient();
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  if (!mayDelete && session?.kind !== "user" && session?.kind !== "robot") return null;
  return (
    <>
      <Tooltip
        label="You may not delete tags of this repository"
        disabled={mayDelete}
        events={{ hover: true, focus: true, touch: true }}
      >
        <Button
          ref={button}
          size="xs"
          variant="default"
          aria-disabled={!mayDelete}
          {...(!mayDelete && { "data-disabled": true })}
          onClick={() => mayDelete && setOpen(true)}
        >
          Delete…
        </Button>
      </Tooltip>
      <DeleteDialog
        deletions={isOpen ? [{ repository, tags: [{ name, digest }] }] : undefined}
        onClose={() => setOpen(false)}
        onClosed={() => button.current?.focus()}
        onDeleted={() => void client.invalidateQueries()}
      />
    </>
  );
}
