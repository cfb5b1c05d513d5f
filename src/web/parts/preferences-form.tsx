// The choices of parts/preferences.ts and the theme, in the user's menu and on the settings page.

import { SegmentedControl, Stack, Switch, Text, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { useId, type ReactNode } from "react";
import { setPreference, usePreference } from "./preferences.ts";

export function PreferencesForm(): ReactNode {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const density = usePreference("density");
  const time = usePreference("time");
  const keys = usePreference("keys");
  return (
    <Stack gap="sm">
      <Choice
        label="Theme"
        value={colorScheme}
        choose={setColorScheme}
        data={{ light: "Light", dark: "Dark", auto: "System" } satisfies Record<MantineColorScheme, string>}
      />
      <Choice
        label="Rows"
        value={density}
        choose={(value) => setPreference("density", value)}
        data={{ comfortable: "Comfortable", compact: "Compact" }}
      />
      <Choice
        label="Times"
        value={time}
        choose={(value) => setPreference("time", value)}
        data={{ relative: "2 h ago", utc: "UTC" }}
      />
      <Switch
        label="Single characters are keys"
        checked={keys === "on"}
        onChange={(event) => setPreference("keys", event.currentTarget.checked ? "on" : "off")}
      />
    </Stack>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly choose: (value: Value) => void;
  readonly data: Readonly<Record<Value, string>>;
}

function Choice<Value extends string>({ label, value, choose, data }: ChoiceProps<Value>): ReactNode {
  const id = useId();
  return (
    <div>
      <Text id={id} size="sm" fw={600} mb={4}>
        {label}
      </Text>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-labelledby={id}
        value={value}
        onChange={(chosen) => choose(chosen as Value)}
        data={Object.entries<string>(data).map(([each, text]) => ({ value: each, label: text }))}
      />
    </div>
  );
}
