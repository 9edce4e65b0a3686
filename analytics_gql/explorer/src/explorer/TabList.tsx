import { useEffect, useRef } from "react";

/**
 * Makes GraphiQL's tabs a list of buttons, of which one is the current one, which is what they are.
 *
 * Its elements with the role of a tab have buttons inside, where nobody who hears the page finds
 * them: a tab's content is its name alone. Stands anywhere beside the tabs.
 */
export function TabList() {
  const mark = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const tabs = mark.current?.closest(".graphiql-sessions")?.querySelector(".graphiql-tabs");
    if (!tabs) return;
    const mend = () => mendTabs(tabs);
    mend();
    const watch = new MutationObserver(mend);
    watch.observe(tabs, { subtree: true, childList: true, attributeFilter: ["aria-selected"] });
    return () => watch.disconnect();
  }, []);
  return <span ref={mark} />;
}

/** React writes what changes: what was moved to the button stays until the tab is turned. */
function mendTabs(tabs: Element): void {
  tabs.setAttribute("role", "list");
  for (const tab of tabs.querySelectorAll(".graphiql-tab")) {
    const isCurrent = tab.getAttribute("aria-selected");
    tab.setAttribute("role", "listitem");
    if (isCurrent === null) continue;
    tab.removeAttribute("aria-selected");
    tab.querySelector(".graphiql-tab-button")?.setAttribute("aria-current", isCurrent);
  }
}
