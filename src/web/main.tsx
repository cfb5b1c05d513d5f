// The UI, from the top: theme, data, places. The nonce for styles that are made at run time stands in the page itself.

import "@mantine/core/styles/baseline.css";
import "@mantine/core/styles/default-css-variables.css";
import "@mantine/core/styles/global.css";
import "./mantine.ts";
import "./theme.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createData } from "./ask/data.ts";
import { createPlaces } from "./router.tsx";
import { theme, themeManager, variables } from "./theme.ts";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? "";
// Dialogs keep the page behind them from scrolling with a style of their own; this is where that library looks for the nonce.
Object.assign(globalThis, { __webpack_nonce__: nonce });
const data = createData();
const router = createPlaces(data);

/** With the code of the first page at hand: React would hold back for 300 ms what replaces a page that is still to come. */
function show(): void {
  createRoot(document.querySelector("#root")!).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        colorSchemeManager={themeManager}
        defaultColorScheme="auto"
        cssVariablesResolver={variables}
        getStyleNonce={() => nonce}
      >
        <QueryClientProvider client={data}>
          <Notifications position="bottom-right" limit={3} />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

// Not awaited at the top: the page's code imports this file's chunk, and would wait for it in turn.
void router.load().then(show, show);
