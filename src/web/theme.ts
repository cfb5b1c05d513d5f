// Colours, type and spacing. What has a meaning (usage, gaps) is a CSS variable of theme.css, so that charts, signs and tests
// share it; the rest is Mantine's.

import {
  Alert,
  Anchor,
  createTheme,
  Drawer,
  localStorageColorSchemeManager,
  Modal,
  type CSSVariablesResolver,
} from "@mantine/core";

/** public/theme-early.js reads the same key before the first paint. */
export const themeManager = localStorageColorSchemeManager({ key: "hythe.theme" });

/** The head of a dialog is not the banner of the page. */
const dialog = { attributes: { header: { role: "none" } }, closeButtonProps: { "aria-label": "Close" } };

/** An alert is framed and barely filled, and looks the same in both themes: Mantine's own shouts in the dark. */
function quiet(color: string): { "--alert-bg": string; "--alert-bd": string } {
  const mixed = (percent: number): string => `color-mix(in srgb, ${color} ${percent}%, var(--surface))`;
  return { "--alert-bg": mixed(8), "--alert-bd": `1px solid ${mixed(45)}` };
}

export const theme = createTheme({
  primaryColor: "blue",
  primaryShade: { light: 9, dark: 8 },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'Liberation Mono', monospace",
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  components: {
    Alert: Alert.extend({ vars: (_, { color = "blue" }) => ({ root: quiet(`var(--mantine-color-${color}-6)`) }) }),
    // Links in sentences must be told from them without their colour (WCAG 1.4.1).
    Anchor: Anchor.extend({ defaultProps: { underline: "always" } }),
    Drawer: Drawer.extend({ defaultProps: dialog }),
    Modal: Modal.extend({ defaultProps: dialog }),
  },
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "1.375rem" }, h2: { fontSize: "1.0625rem" }, h3: { fontSize: "0.9375rem" } },
  },
});

/** Mantine's own are too pale for small text (WCAG 1.4.3). */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-text": "var(--text)",
    "--mantine-color-dimmed": "#5c636a",
    "--mantine-color-placeholder": "#6b7278",
    "--mantine-color-anchor": "#1864ab",
    "--mantine-color-error": "#c92a2a",
    "--mantine-color-orange-light-color": "#8f3b00",
  },
  dark: {
    "--mantine-color-text": "var(--text)",
    "--mantine-color-dimmed": "#a6a9ad",
    "--mantine-color-placeholder": "#979ba0",
    "--mantine-color-anchor": "#74c0fc",
    "--mantine-color-error": "#ff8787",
  },
});
