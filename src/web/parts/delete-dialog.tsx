// Before tags are deleted: which, what stays and why, what is lost and what can be undone, as the server says it; afterwards what was
// refused, by name.

import { Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type ReactNode } from "react";
import { deleteTags, plannedDeletion, type DeletedPlace, type Deletion, type DeletionOutcome } from "../ask/tag-changes.ts";
import { formatOf } from "../show/count.ts";
import { shortDigest } from "../show/place.ts";
import { formatDay } from "../show/time.ts";
import styles from "./delete-dialog.module.css";
import { NotFreed } from "./delete-not-freed.tsx";
import { ProblemPanel } from "./problem.tsx";
import { offerUndo } from "./undo.tsx";

interface DeleteDialogProps {
  /** Undefined: closed. */
  readonly deletions: readonly Deletion[] | undefined;
  readonly onClose: () => void;
  /** It is not there any more: where the focus goes. */
  readonly onClosed: () => void;
  /** Something is gone; or it is back again. */
  readonly onDeleted: () => void;
  readonly onUndone?: () => void;
}

export function DeleteDialog({ deletions, onClose, onClosed, onDeleted, onUndone }: DeleteDialogProps): ReactNode {
  const isOpen = deletions !== undefined && deletions.length > 0;
  const [done, setDone] = useState<readonly DeletedPlace[]>([]);
  const [isStopping, setStopping] = useState(false);
  const stopped = useRef(false);
  /** By all tries in this dialog: one Undo brings all of it back. */
  const gone = useRef<readonly DeletedPlace[]>([]);
  const client = useQueryClient();
  const planned = useQuery({ ...plannedDeletion(deletions ?? []), enabled: isOpen });
  const deletion = useMutation({
    // What will be done is what was shown: each tag only where the plan has seen it.
    mutationFn: async (plan: DeletionOutcome) => {
      setStop(false);
      const before = gone.current.length;
      try {
        return await deleteTags(isWhole(plan) ? toExact(plan) : (deletions ?? []), (items) => {
          setDone((some) => [...some, ...items]);
          gone.current = [...gone.current, ...items.filter(isGone)];
          return !stopped.current;
        });
      } finally {
        if (gone.current.length > before) offer();
      }
    },
    onSettled: (outcome, error) => {
      // What got no answer may have been done nevertheless.
      if (error !== null || outcome?.items.some(isGone) === true) onDeleted();
      if (outcome?.items.every(isGone) === true) close();
    },
  });
  const offer = (): void =>
    offerUndo(gone.current, () => {
      gone.current = [];
      void client.invalidateQueries();
      onUndone?.();
    });
  /** What is under way is answered; what comes after it is not asked for. */
  const setStop = (isStopped: boolean): void => {
    stopped.current = isStopped;
    setStopping(isStopped);
  };
  const close = (): void => {
    setDone([]);
    gone.current = [];
    deletion.reset();
    onClose();
  };
  const plan = planned.data;
  const going = plan === undefined ? 0 : plan.matched - plan.items.filter((item) => !isGone(item)).length;
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      closeOnEscape={!deletion.isPending}
      closeOnClickOutside={!deletion.isPending}
      withCloseButton={!deletion.isPending}
      size="lg"
      title={plan === undefined ? "Delete tags" : titleOf(plan, going)}
      returnFocus={false}
      onExitTransitionEnd={onClosed}
    >
      <Stack gap="sm">
        {planned.error !== null && (
          <ProblemPanel error={planned.error} what="find out what would be deleted" retry={() => void planned.refetch()} />
        )}
        {deletion.error !== null && <ProblemPanel error={deletion.error} what="delete all of them" />}
        {planned.isPending && isOpen && <p className={styles.waiting}>Asking the registry what would happen…</p>}
        {done.length > 0 ? <Refused items={done} /> : plan !== undefined && <Plan plan={plan} going={going} />}
        <Group justify="flex-end" gap="xs">
          {deletion.isPending ? (
            <Button variant="default" size="sm" onClick={() => setStop(true)} disabled={isStopping}>
              {isStopping ? "Stopping…" : "Stop"}
            </Button>
          ) : (
            <Button variant="default" size="sm" onClick={close} data-autofocus>
              {deletion.isSuccess ? "Close" : "Cancel"}
            </Button>
          )}
          {!deletion.isSuccess && (
            <Button
              color="red"
              size="sm"
              loading={deletion.isPending}
              disabled={plan === undefined || going === 0}
              onClick={() => plan !== undefined && deletion.mutate(plan)}
            >
              Delete {formatOf(going, "tag")}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function titleOf({ items }: DeletionOutcome, going: number): string {
  const repositories = [...new Set(items.map(({ repository }) => repository))];
  const where = repositories.length === 1 ? repositories[0]! : formatOf(repositories.length, "repository", "repositories");
  return `Delete ${formatOf(going, "tag")} of ${where}?`;
}

const isGone = ({ outcome }: DeletedPlace): boolean => outcome === "deleted";
const isWhole = ({ items, matched }: DeletionOutcome): boolean => items.length === matched;

function toExact({ items }: DeletionOutcome): Deletion[] {
  const going = items.filter((item) => isGone(item) && item.digest !== null);
  return [...Map.groupBy(going, ({ repository }) => repository)].flatMap(([repository, own]) =>
    Array.from({ length: Math.ceil(own.length / 1000) }, (_, part) => ({
      repository,
      tags: own.slice(part * 1000, (part + 1) * 1000).map(({ name, digest }) => ({ name, digest: digest! })),
    })),
  );
}

const listed = 100;

function Plan({ plan, going }: { plan: DeletionOutcome; going: number }): ReactNode {
  const gone = plan.items.filter(isGone);
  const isOne = new Set(plan.items.map(({ repository }) => repository)).size === 1;
  return (
    <>
      {going > 0 && (
        <p className={styles.sentence}>
          Tags are taken off their images, which stay and can be pulled by digest.{" "}
          {plan.undoUntil === null
            ? "You can undo it as long as the images are here."
            : `You can undo it until ${formatDay(plan.undoUntil)}.`}
        </p>
      )}
      {going > 0 && <NotFreed plan={plan} gone={gone} />}
      <Kept items={plan.items} />
      {gone.length > 0 && (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
        <ul className={styles.list} aria-label="Will be deleted" tabIndex={0}>
          {gone.slice(0, listed).map((item) => (
            <li key={`${item.repository}:${item.name}`}>
              <b>{isOne ? item.name : `${item.repository}:${item.name}`}</b>{" "}
              {item.digest !== null && <span className="mono">{shortDigest(item.digest)}</span>}
              <span className={styles.consequence}> {consequence(item)}</span>
            </li>
          ))}
          {going > Math.min(listed, gone.length) && <li>and {formatOf(going - Math.min(listed, gone.length), "more tag")}</li>}
        </ul>
      )}
    </>
  );
}

/** What stays on the image, and what becomes of it. */
function consequence({ siblings, referrers }: DeletedPlace): string {
  const named = `${siblings?.slice(0, 5).join(", ")}${(siblings?.length ?? 0) > 5 ? " and others" : ""}`;
  const tags =
    siblings === null ? undefined : siblings.length === 0 ? "no tag is left on its image" : `its image still is ${named}`;
  const stay =
    referrers == null || referrers === 0
      ? undefined
      : `${formatOf(referrers, "signature or other referrer", "signatures or other referrers")} stay with it`;
  return [tags, stay].filter((part) => part !== undefined).join("; ");
}

function Kept({ items }: { items: readonly DeletedPlace[] }): ReactNode {
  const kept = items.filter((item) => !isGone(item));
  if (kept.length === 0) return null;
  return (
    <div>
      <b>{formatOf(kept.length, "tag")} will stay:</b>
      <Reasons items={kept} />
    </div>
  );
}

function Refused({ items }: { items: readonly DeletedPlace[] }): ReactNode {
  const refused = items.filter((item) => !isGone(item));
  const gone = items.length - refused.length;
  if (refused.length === 0) return null;
  return (
    <div role="alert">
      <p className={styles.sentence}>
        {gone === 0 ? "Nothing was deleted." : `${formatOf(gone, "tag")} deleted.`} {formatOf(refused.length, "tag")} stayed:
      </p>
      <Reasons items={refused} />
    </div>
  );
}

const words = {
  deleted: "",
  moved: "was moved meanwhile, so it was not deleted",
  missing: "is not there any more",
  kept: "is kept by a rule",
} as const;

function Reasons({ items }: { items: readonly DeletedPlace[] }): ReactNode {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <ul className={styles.list} aria-label="Tags that stay" tabIndex={0}>
      {items.slice(0, listed).map(({ repository, name, outcome, reason }) => (
        <li key={`${repository}:${name}`}>
          <b>{name}</b> {words[outcome]}
          {reason !== null && <span className={styles.consequence}>: {reason}</span>}
        </li>
      ))}
      {items.length > listed && <li>and {formatOf(items.length - listed, "more tag")}</li>}
    </ul>
  );
}
