// SignIn

import type { ReactNode } from "react";
import { Page } from "../parts/page.tsx";

export function SignInPage(): ReactNode {
  return (
    <Page title="SignIn" name="SignIn">
      <p>SignIn</p>
    </Page>
  );
}
