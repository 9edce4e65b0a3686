import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { applyScheme } from "../chart/theme";

/** Starts a page. */
export function start(page: ReactNode): void {
  applyScheme();
  createRoot(document.getElementById("root")!).render(<StrictMode>{page}</StrictMode>);
}
